using System.Runtime.ExceptionServices;
using Portask.Broker.Network;
using Portask.Protocol;

namespace Portask.Broker.Routing;

/// <summary>
/// Asks this node's handlers without a socket, so that what comes by another way than the Kafka protocol has the same checks
/// and the same errors. What it reads is charged to the memory that connections share.
/// </summary>
public sealed class LocalClient(HandlerTable table, KafkaListener listener)
{
    private const string ClientId = "portask-http";

    /// <summary>Answers a request in the newest version that is served.</summary>
    /// <exception cref="KafkaProtocolException">No handler serves the request's key.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        var handler = table.Find((short)TRequest.ApiKey) ?? throw new KafkaProtocolException($"{TRequest.ApiKey} is not served");
        using var memory = listener.OpenMemory();
        var context = new RequestContext(handler.Versions.Max, 0, ClientId, new Connection(null, memory, cancellation));
        ExceptionDispatchInfo? fault = null;
        var response = await ((ITypedHandler<TRequest, TResponse>)handler)
            .AnswerAsync(request, context, cause => fault = ExceptionDispatchInfo.Capture(cause))
            .ConfigureAwait(false);
        fault?.Throw();
        return response ?? throw new KafkaProtocolException($"{TRequest.ApiKey} was not answered");
    }
}
