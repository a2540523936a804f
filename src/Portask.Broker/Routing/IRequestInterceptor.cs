using Portask.Protocol;

namespace Portask.Broker.Routing;

/// <summary>
/// Stands between the requests of connections and their handlers. A broker that is embedded in tests injects and records
/// here; any other has none, which costs a request one comparison with null.
/// </summary>
public interface IRequestInterceptor
{
    /// <summary>
    /// Answers a request in the handler's place. What runs before the first await keeps the order of a connection's requests; an
    /// exception closes the connection.
    /// </summary>
    /// <param name="handler">Knows how a refusal of this API looks.</param>
    /// <param name="serve">Has the request, or a part of it, served; its exceptions have become answers.</param>
    ValueTask<TResponse?> AnswerAsync<TRequest, TResponse>(
        TRequest request, RequestContext context, Handler<TRequest, TResponse> handler, Func<TRequest, ValueTask<TResponse?>> serve)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>;
}
