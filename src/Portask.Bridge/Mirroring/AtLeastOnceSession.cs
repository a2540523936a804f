using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>
/// Copies as a member of a group: offsets are committed at the source once the target has the records and the entries of the offset
/// map. Several bridges of one group share the partitions.
/// </summary>
internal sealed class AtLeastOnceSession : MirrorSession
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Progress _progress;
    private readonly Dictionary<int, long> _committed = [];
    private long _noted = Stopwatch.GetTimestamp();
    private PendingCommit? _pending;

    public AtLeastOnceSession(MirrorContext context, Route route, TopicState state, CopyForm form, CancellationToken stop)
        : base(context, route, state)
    {
        _progress = Progress.Load(context.Target, context.SourceName, route.Source, stop);
        var settings = ProducerSettings(form);
        // Given up never: a target that is away is waited for, and order stays.
        settings.MessageTimeoutMs = 0;
        Producer = context.Target.Producer(settings);
        Consumer = context.Source.Consumer(ConsumerSettings())
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions.ConvertAll(partition => partition.TopicPartition)))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions.ConvertAll(partition => partition.TopicPartition)))
            .Build();
    }

    protected override IConsumer<byte[]?, byte[]?> Consumer { get; }

    protected override IProducer<byte[]?, byte[]?> Producer { get; }

    public override void Run(CancellationToken stop)
    {
        Consumer.Subscribe(Route.Source);
        State.Is("joining");
        while (!stop.IsCancellationRequested)
        {
            if (Read() is { } record && Flights.TryGetValue(record.Partition, out var flight))
                Carry(record, flight, stop);
            Commit(stop);
        }
        Finish([.. Flights.Keys]);
        Consumer.Close();
    }

    public override void Dispose()
    {
        Producer.Dispose();
        Consumer.Dispose();
        base.Dispose();
    }

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        State.Running();
        foreach (var partition in partitions)
        {
            Flights[partition.Partition] = new PartitionFlight(_progress[partition.Partition]?.LastRun ?? -1);
            _committed[partition.Partition] = -1;
        }
        // Without a commit of the group, as after a time of exactly-once, the target's progress tells where to go on.
        return Consumer.Committed(partitions, Patience).Select(committed =>
            committed.Offset == Offset.Unset && _progress[committed.Partition] is { } known
                ? new TopicPartitionOffset(committed.TopicPartition, known.Next)
                : committed);
    }

    private void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        Finish([.. partitions.Select(partition => partition.Partition.Value)]);
        Lost(partitions);
    }

    private void Lost(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            Flights.Remove(partition.Partition);
        // What was pending for the partitions that stay is said again with their next entry.
        _pending = null;
        foreach (var partition in Flights.Keys)
            _committed[partition] = -1;
    }

    private void Commit(CancellationToken stop)
    {
        if (_pending is { HasArrived: true } arrived)
        {
            _pending = null;
            CommitAtSource(arrived.Offsets);
        }
        if (_pending is not null || Stopwatch.GetElapsedTime(_noted) < Context.Profile.CommitInterval)
            return;
        _noted = Stopwatch.GetTimestamp();
        _pending = Note([.. Flights.Keys], stop);
    }

    private PendingCommit? Note(IReadOnlyList<int> partitions, CancellationToken stop)
    {
        var offsets = new List<TopicPartitionOffset>();
        var entries = new List<(int Partition, long Next, (long, OffsetRun) Run)>();
        foreach (var partition in partitions)
        {
            if (!Flights.TryGetValue(partition, out var flight) || flight.Take(_committed[partition]) is not { } taken)
                continue;
            offsets.Add(new TopicPartitionOffset(Route.Source, partition, taken.Next));
            _committed[partition] = taken.Next;
            entries.AddRange(taken.Runs.Select(run => (partition, taken.Next, run)));
        }
        if (entries.Count == 0)
            return null;
        var pending = new PendingCommit(offsets, entries.Count);
        foreach (var (partition, next, run) in entries)
            Note(partition, next, run, pending.Arrived, stop);
        return pending;
    }

    private void CommitAtSource(IReadOnlyList<TopicPartitionOffset> offsets)
    {
        HasMadeProgress = true;
        try
        {
            Consumer.Commit(offsets);
        }
        catch (KafkaException cause)
        {
            // The source is away or the group is being balanced; the next round says it again.
            Context.Log($"{Route.Source}: offsets were not committed: {cause.Error.Reason}");
            foreach (var offset in offsets)
                _committed[offset.Partition] = -1;
        }
    }

    // What is on its way is given some time, so that the next reader of the partitions copies little again.
    private void Finish(IReadOnlyList<int> partitions)
    {
        if (Producer.Flush(Patience) > 0 || Note(partitions, CancellationToken.None) is not { } last)
            return;
        Producer.Flush(Patience);
        if (last.HasArrived)
            CommitAtSource(last.Offsets);
    }

    /// <summary>Offsets that are committed at the source once their entries have arrived at the target.</summary>
    private sealed class PendingCommit(IReadOnlyList<TopicPartitionOffset> offsets, int entries)
    {
        private int _left = entries;

        public IReadOnlyList<TopicPartitionOffset> Offsets => offsets;

        public bool HasArrived => Volatile.Read(ref _left) == 0;

        public void Arrived() => Interlocked.Decrement(ref _left);
    }
}
