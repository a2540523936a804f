using System.Collections;
using System.Text;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;
using Portask.Protocol.Wire;

namespace Portask.Testing;

/// <summary>The last requests of clients, in the order in which they came. Enumerating gives those of that moment.</summary>
public sealed class RequestLog : IEnumerable<ReceivedRequest>
{
    private readonly Lock _gate = new();
    private readonly Queue<ReceivedRequest> _entries = new();
    private readonly int _capacity;
    private readonly TimeProvider _time;
    private TaskCompletionSource _changed = NewSignal();
    private long _count;

    internal RequestLog(int capacity, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        (_capacity, _time) = (capacity, time);
    }

    /// <summary>The requests of one API and, if it is given, of one client.</summary>
    public IReadOnlyList<ReceivedRequest> Of(ApiKey api, string? clientId = null) =>
        [.. this.Where(entry => entry.Api == api && (clientId is null || entry.ClientId == clientId))];

    /// <summary>The messages of the requests of one API: <c>Of&lt;FetchRequest&gt;()</c>.</summary>
    public IReadOnlyList<TRequest> Of<TRequest>(string? clientId = null)
        where TRequest : class, IKafkaMessage<TRequest> =>
        [.. Of(TRequest.ApiKey, clientId).Select(entry => (TRequest)entry.Message)];

    /// <summary>Waits for a request that has come already or that comes yet, with its answer.</summary>
    /// <exception cref="EmbeddedBrokerException">None came in time; the message lists those that did.</exception>
    public async Task<ReceivedRequest> WaitForAsync(Func<ReceivedRequest, bool> wanted, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ReceivedRequest? found = null;
        await Until.TrueAsync(
            () => (found = this.FirstOrDefault(entry => entry.IsAnswered && wanted(entry))) is not null,
            Changed,
            timeout,
            () => "no such request was answered; " + Describe(),
            cancellation).ConfigureAwait(false);
        return found!;
    }

    /// <summary>Forgets what came so far.</summary>
    public void Clear()
    {
        lock (_gate)
            _entries.Clear();
    }

    /// <summary>The last requests, a line each.</summary>
    public string Describe(int last = 20)
    {
        var entries = this.ToList();
        var text = new StringBuilder();
        text.Append("the last ").Append(Math.Min(last, entries.Count)).Append(" of ").Append(entries.Count).Append(" requests:");
        foreach (var entry in entries.TakeLast(last))
            text.Append("\n  ").Append(entry);
        return text.ToString();
    }

    /// <inheritdoc/>
    public IEnumerator<ReceivedRequest> GetEnumerator()
    {
        lock (_gate)
            return _entries.ToList().GetEnumerator();
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Completes with the next answer.</summary>
    internal Task Changed()
    {
        lock (_gate)
            return _changed.Task;
    }

    internal ReceivedRequest Received<TRequest>(TRequest request, RequestContext context)
        where TRequest : IKafkaMessage<TRequest>
    {
        var entry = new ReceivedRequest
        {
            Number = Interlocked.Increment(ref _count),
            At = _time.GetUtcNow(),
            Api = TRequest.ApiKey,
            Version = context.Version,
            ClientId = context.ClientId,
            Message = WithoutRecords(request),
        };
        lock (_gate)
        {
            _entries.Enqueue(entry);
            while (_entries.Count > _capacity)
                _entries.Dequeue();
        }
        return entry;
    }

    internal void Answered<TResponse>(ReceivedRequest entry, TResponse? response, short version)
        where TResponse : class, IKafkaMessage<TResponse>
    {
        entry.Answer(response is null ? [] : ErrorsOf(response, version));
        Tell();
    }

    internal void Dropped(ReceivedRequest entry)
    {
        entry.Drop();
        Tell();
    }

    private void Tell()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }

    private static IReadOnlyList<ErrorCode> ErrorsOf<TResponse>(TResponse response, short version)
        where TResponse : IKafkaMessage<TResponse>
    {
        var writer = new KafkaWriter();
        response.Write(writer, version);
        return writer.Errors is { } errors ? [.. errors.Keys.Order()] : [];
    }

    // The log would otherwise keep every frame that was produced.
    private static object WithoutRecords<TRequest>(TRequest request)
        where TRequest : IKafkaMessage<TRequest>
    {
        if (request is not ProduceRequest produce)
            return request;
        return new ProduceRequest
        {
            TransactionalId = produce.TransactionalId,
            Acks = produce.Acks,
            TimeoutMs = produce.TimeoutMs,
            TopicData = produce.TopicData.ConvertAll(topic => new ProduceRequestTopicProduceData
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                PartitionData = topic.PartitionData.ConvertAll(partition =>
                    new ProduceRequestPartitionProduceData { Index = partition.Index, Records = RecordData.Empty }),
            }),
        };
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A request that a client has sent.</summary>
public sealed class ReceivedRequest
{
    private volatile IReadOnlyList<ErrorCode>? _errors;

    internal ReceivedRequest()
    {
    }

    /// <summary>Counts the broker's requests from 1 on.</summary>
    public long Number { get; internal init; }

    /// <summary>When it came, by the broker's clock.</summary>
    public DateTimeOffset At { get; internal init; }

    /// <summary>What it asks for.</summary>
    public ApiKey Api { get; internal init; }

    /// <summary>The version that the client chose.</summary>
    public short Version { get; internal init; }

    /// <summary>The client's name for itself.</summary>
    public string? ClientId { get; internal init; }

    /// <summary>The request as it came, as <c>Portask.Protocol.Messages.FetchRequest</c>; what is produced is left out.</summary>
    public object Message { get; internal init; } = null!;

    /// <summary>Whether there was an answer, or its connection was closed on it.</summary>
    public bool IsAnswered => _errors is not null;

    /// <summary>The error codes in the answer; empty when it has none, or is not there yet.</summary>
    public IReadOnlyList<ErrorCode> Errors => _errors ?? [];

    /// <summary>Whether the connection was closed instead of an answer.</summary>
    public bool IsDropped { get; private set; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var end = IsDropped ? "connection closed" : !IsAnswered ? "not answered yet" : Errors.Count == 0 ? "ok" : string.Join(", ", Errors);
        return $"{Number} {At:HH:mm:ss.fff} {Api} v{Version} of {ClientId ?? "(no client id)"}: {end}";
    }

    internal void Answer(IReadOnlyList<ErrorCode> errors) => _errors = errors;

    internal void Drop() => (IsDropped, _errors) = (true, []);
}
