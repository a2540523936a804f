using System.Net;
using Portask.Broker.Network;
using Portask.Protocol;

namespace Portask.Broker.Routing;

/// <summary>The connection that requests come over.</summary>
/// <param name="Remote">The client's address.</param>
/// <param name="Memory">What it holds of the node's memory.</param>
/// <param name="Closing">Cancelled when the broker stops.</param>
public sealed record Connection(EndPoint? Remote, ConnectionMemory Memory, CancellationToken Closing)
{
    /// <summary>Ends when the next request may be looked at.</summary>
    public Task HeldBack { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Keeps the next request waiting: for a handler that has to await something before it has sent to an actor what is ordered. To
    /// be called before the first await.
    /// </summary>
    public void HoldBackUntil(Task started) => HeldBack = started;
}

/// <summary>What a handler may know of a request beside its body.</summary>
/// <param name="Version">The request's version, already checked against the handler's range.</param>
/// <param name="ClientId">As sent in the header; may be null.</param>
public sealed record RequestContext(short Version, int CorrelationId, string? ClientId, Connection Connection)
{
    /// <summary>Cancelled when the broker stops; parked requests then answer at once.</summary>
    public CancellationToken Closing => Connection.Closing;

    /// <summary>What answers in the handler's place; null but in an embedded broker, and for requests that come without a socket.</summary>
    public IRequestInterceptor? Interceptor { get; init; }
}

/// <summary>
/// Serves one API key. Requests of one connection are handed to <see cref="HandleAsync"/> in the order they came; the part
/// before the first await runs before the next request is looked at, so what must be ordered is sent to its actor there, or the
/// connection is held back (<see cref="Connection.HoldBackUntil"/>).
/// Answers leave in request order however long each one takes.
/// </summary>
public abstract class Handler<TRequest, TResponse>
    where TRequest : IKafkaMessage<TRequest>
    where TResponse : class, IKafkaMessage<TResponse>
{
    /// <summary>The versions that ApiVersions reports and that the router lets through.</summary>
    public abstract ApiVersions Versions { get; }

    /// <summary>The response that carries <paramref name="code"/> wherever this API puts errors.</summary>
    public abstract TResponse Refuse(TRequest request, ErrorCode code, RequestContext context);

    /// <summary>Answers a request; null means that none is sent (Produce with acks=0).</summary>
    public abstract ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context);
}
