using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>
/// One stretch of copying a topic, with its own consumer and producer, from the last progress until it is stopped or something fails.
/// Whatever fails ends the session; the next one goes on from the progress, which is all that has to be right.
/// </summary>
internal abstract class MirrorSession : IDisposable
{
    protected static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    // What librdkafka's queue counts beside keys and values; a record beyond the queue would wait for room for ever.
    private const int QueueOverhead = 64 * 1024;

    private static readonly TimeSpan PauseAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LagEvery = TimeSpan.FromSeconds(1);

    private readonly Origin _origin;
    private readonly Metrics.TopicMetrics _metrics;
    private readonly AutoResetEvent _room = new(false);
    private readonly Queue<ConsumeResult<byte[]?, byte[]?>> _held = new();
    private volatile bool _waiting;
    private volatile Error? _failure;
    private long _lagAt;

    protected MirrorSession(MirrorContext context, Route route, TopicState state)
    {
        (Context, Route, State) = (context, route, state);
        _origin = new Origin(context.SourceName, context.TargetName);
        _metrics = context.Metrics.Topic(route.KafkaTopic);
    }

    /// <summary>Whether records arrived, so that the next session need not wait longer than this one did.</summary>
    public bool HasMadeProgress { get; protected set; }

    protected MirrorContext Context { get; }

    protected Route Route { get; }

    protected TopicState State { get; }

    protected Dictionary<int, PartitionFlight> Flights { get; } = [];

    protected abstract IConsumer<byte[]?, byte[]?> Consumer { get; }

    protected abstract IProducer<byte[]?, byte[]?> Producer { get; }

    /// <summary>Copies until stopped; throws what failed.</summary>
    public abstract void Run(CancellationToken stop);

    public virtual void Dispose() => _room.Dispose();

    /// <summary>The next record that belongs to the copy; null when none came in time.</summary>
    protected ConsumeResult<byte[]?, byte[]?>? Read()
    {
        ThrowIfFailed();
        var record = _held.Count > 0 ? _held.Dequeue() : Consumer.Consume(PollTime);
        Measure();
        return record is { IsPartitionEOF: false } ? record : null;
    }

    /// <summary>Sends a record to its place, or leaves it out when it has been there.</summary>
    protected void Carry(ConsumeResult<byte[]?, byte[]?> record, PartitionFlight flight, CancellationToken stop)
    {
        var offset = record.Offset.Value;
        if (_origin.WasThere(record.Message.Headers))
        {
            flight.LeftOut(offset);
            State.LeftOut();
            return;
        }
        var message = record.Message;
        var bytes = (message.Key?.Length ?? 0) + (message.Value?.Length ?? 0);
        if (bytes > Context.Config.Mirror.MaxInFlightBytes - QueueOverhead)
            throw new BridgeException($"a record of {bytes} bytes at {record.TopicPartitionOffset} is more than mirror.max_in_flight_bytes holds");
        message.Headers = _origin.Mark(message.Headers);
        message.Timestamp = new Timestamp(message.Timestamp.UnixTimestampMs, TimestampType.CreateTime);
        var began = Stopwatch.GetTimestamp();
        flight.Sent(offset);
        Produce(new TopicPartition(Route.Target, record.Partition), message, Arrived, stop);

        void Arrived(DeliveryReport<byte[]?, byte[]?> report)
        {
            if (report.Error.IsError)
            {
                flight.Lost();
                Fail(report.Error);
                return;
            }
            flight.Arrived(offset, report.Offset.Value);
            State.Carried(bytes);
            if (Route.Direction == Direction.ToPortask)
                _metrics.ConsumedSince(began);
            else
                _metrics.ProducedSince(began);
            MakeRoom();
        }
    }

    /// <summary>Writes one entry of progress.</summary>
    protected void Note(int partition, long next, (long Number, OffsetRun Run) run, Action arrived, CancellationToken stop)
    {
        var entry = new ProgressEntry
        {
            Next = next,
            Run = run.Number,
            Target = Route.Target,
            SourceOffset = run.Run.Source,
            TargetOffset = run.Run.Target,
            Count = run.Run.Count,
        };
        var key = ProgressEntry.Key(Context.SourceName, Route.Source, partition, run.Number);
        var message = new Message<byte[]?, byte[]?> { Key = System.Text.Encoding.UTF8.GetBytes(key), Value = entry.ToJson() };
        Produce(new TopicPartition(TopicNames.Progress, 0), message, report =>
        {
            if (report.Error.IsError)
                Fail(report.Error);
            else
                arrived();
        }, stop);
    }

    /// <summary>Settings of a consumer that reads ahead no more than it may hold.</summary>
    protected ConsumerConfig ConsumerSettings()
    {
        var config = Context.Profile.Consumer();
        config.GroupId = Context.Config.ConsumerGroup;
        config.IsolationLevel = IsolationLevel.ReadCommitted;
        config.QueuedMaxMessagesKbytes = Context.Config.Mirror.MaxInFlightBytes / 1024;
        config.AllowAutoCreateTopics = false;
        config.TopicMetadataRefreshIntervalMs ??= (int)Context.Config.Mirror.RefreshInterval.TotalMilliseconds;
        return config;
    }

    /// <summary>Settings of a producer that holds no more than it may.</summary>
    protected ProducerConfig ProducerSettings(CopyForm form)
    {
        var config = Context.Profile.OrderedProducer();
        config.Set("compression.type", form.Codec);
        // A batch of many records must not be more than the copy takes as one.
        config.BatchSize = Math.Max(1, Math.Min(config.BatchSize ?? 1_000_000, form.MaxMessageBytes - 1024));
        config.QueueBufferingMaxKbytes = Context.Config.Mirror.MaxInFlightBytes / 1024;
        config.QueueBufferingMaxMessages = 1_000_000;
        config.EnableDeliveryReports = true;
        config.DeliveryReportFields = "none";
        // What was accepted once at the source is not refused here: the copy's own limit decides.
        config.MessageMaxBytes = 1_000_000_000;
        return config;
    }

    protected void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new KafkaException(failure);
    }

    private void Produce(TopicPartition to, Message<byte[]?, byte[]?> message, Action<DeliveryReport<byte[]?, byte[]?>> arrived, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var paused = false;
        while (!TryProduce(to, message, arrived))
        {
            stop.ThrowIfCancellationRequested();
            ThrowIfFailed();
            _waiting = true;
            _room.WaitOne(PollTime);
            _waiting = false;
            if (Stopwatch.GetElapsedTime(began) < PauseAfter)
                continue;
            // While the target takes nothing the consumer must still be heard from, or its group gives its partitions away.
            Consumer.Pause(Consumer.Assignment);
            (began, paused) = (Stopwatch.GetTimestamp(), true);
            // Partitions that come with a rebalance are not paused yet and may bring a record.
            if (Consumer.Consume(TimeSpan.Zero) is { IsPartitionEOF: false } record)
                _held.Enqueue(record);
        }
        if (paused)
            Consumer.Resume(Consumer.Assignment);
    }

    private bool TryProduce(TopicPartition to, Message<byte[]?, byte[]?> message, Action<DeliveryReport<byte[]?, byte[]?>> arrived)
    {
        try
        {
            Producer.Produce(to, message, arrived);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private void MakeRoom()
    {
        if (_waiting)
            _room.Set();
    }

    private void Fail(Error error)
    {
        _failure ??= error;
        MakeRoom();
    }

    private void Measure()
    {
        if (_lagAt != 0 && Stopwatch.GetElapsedTime(_lagAt) < LagEvery)
            return;
        _lagAt = Stopwatch.GetTimestamp();
        var lag = 0L;
        foreach (var partition in Consumer.Assignment)
            if (Consumer.GetWatermarkOffsets(partition).High is { Value: >= 0 } high && Consumer.Position(partition) is { Value: >= 0 } position)
                lag += Math.Max(0, high.Value - position.Value);
        State.Lags(lag);
    }
}
