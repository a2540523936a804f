using System.Runtime.CompilerServices;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Testing.Requests;

/// <summary>Where every request of a client comes by: it is written down, held while the broker is paused, and met by faults.</summary>
internal sealed class RequestGate(FaultPlan faults, Moves moves, RequestLog log) : IRequestInterceptor
{
    private readonly ConditionalWeakTable<Connection, Line> _lines = [];
    private volatile TaskCompletionSource? _pause;

    /// <summary>Names topics whose requests carry their ids; set once the broker runs.</summary>
    public Func<Guid, string?> NameOf { get; set; } = _ => null;

    /// <summary>The connections that a client has sent something over.</summary>
    public IEnumerable<Connection> ConnectionsOf(string? clientId) =>
        _lines.Where(line => clientId is null || line.Value.ClientId == clientId).Select(line => line.Key);

    /// <summary>Holds requests that come and answers that are ready.</summary>
    public void Pause() => Interlocked.CompareExchange(ref _pause, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>Lets go what is held.</summary>
    public void Resume() => Interlocked.Exchange(ref _pause, null)?.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask<TResponse?> AnswerAsync<TRequest, TResponse>(
        TRequest request, RequestContext context, Handler<TRequest, TResponse> handler, Func<TRequest, ValueTask<TResponse?>> serve)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        var entry = log.Received(request, context);
        var line = _lines.GetOrCreateValue(context.Connection);
        line.ClientId = context.ClientId;
        // A request starts when the one before it has, also when that one was held: a producer's batches must not pass each other.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = line.Started;
        line.Started = started.Task;
        ValueTask<TResponse?> answering;
        Fault? fault;
        try
        {
            if (!before.IsCompleted)
                await before.ConfigureAwait(false);
            await ResumedAsync().ConfigureAwait(false);
            // A session keeps the partitions of a fetch to itself; sent away, the client names all of them again.
            if (request is FetchRequest { SessionId: not 0 } && (moves.Any || faults.AnyFor(ApiKey.Fetch, context.ClientId)))
                return Answered(entry, handler.Refuse(request, ErrorCode.FetchSessionIdNotFound, context), context);
            fault = moves.Find(request, context, NameOf) ?? TakeFault(request, context);
            if (fault is { Applies: false } && fault.Delay > TimeSpan.Zero)
                await Task.Delay(fault.Delay, context.Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            answering = MeetAsync(fault, new Exchange<TRequest, TResponse>(request, context, handler, serve, NameOf));
        }
        finally
        {
            started.SetResult();
        }
        return await EndAsync(answering, fault, entry, context).ConfigureAwait(false);
    }

    private async ValueTask<TResponse?> EndAsync<TResponse>(ValueTask<TResponse?> answering, Fault? fault, ReceivedRequest entry, RequestContext context)
        where TResponse : class, IKafkaMessage<TResponse>
    {
        try
        {
            var response = await answering.ConfigureAwait(false);
            if (fault is { Applies: true } && fault.Delay > TimeSpan.Zero)
                await Task.Delay(fault.Delay, context.Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ResumedAsync().ConfigureAwait(false);
            return Answered(entry, response, context);
        }
        catch (KafkaProtocolException)
        {
            log.Dropped(entry);
            throw;
        }
    }

    private TResponse? Answered<TResponse>(ReceivedRequest entry, TResponse? response, RequestContext context)
        where TResponse : class, IKafkaMessage<TResponse>
    {
        log.Answered(entry, response, context.Version);
        return response;
    }

    private static ValueTask<TResponse?> MeetAsync<TRequest, TResponse>(Fault? fault, Exchange<TRequest, TResponse> exchange)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : class, IKafkaMessage<TResponse> => fault switch
        {
            { Drops: true } => exchange.DropAsync(fault.Applies),
            { Error: not ErrorCode.None } => exchange.FailAsync(fault),
            _ => exchange.Serve(exchange.Request),
        };

    private Fault? TakeFault<TRequest>(TRequest request, RequestContext context)
        where TRequest : IKafkaMessage<TRequest> =>
        faults.Take(TRequest.ApiKey, context.ClientId, (topic, partition) => MessageParts.Touches(request, topic, partition, NameOf));

    private async ValueTask ResumedAsync()
    {
        while (_pause is { } pause)
            await pause.Task.ConfigureAwait(false);
    }

    private sealed class Line
    {
        public Task Started { get; set; } = Task.CompletedTask;

        public string? ClientId { get; set; }
    }
}
