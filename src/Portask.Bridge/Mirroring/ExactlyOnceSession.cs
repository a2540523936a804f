using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Bridge.Mirroring;

/// <summary>
/// Copies in transactions of the target that hold the records and the progress. Offsets of a group at the source could not be in them,
/// so all partitions are read from the progress; whoever else copies the same topic is fenced by the transactional id.
/// </summary>
internal sealed class ExactlyOnceSession : MirrorSession
{
    private static readonly TimeSpan ShortestTransaction = TimeSpan.FromMilliseconds(20);

    private readonly int _partitions;
    private readonly TimeSpan _timeout;
    private readonly Dictionary<int, long> _committed = [];

    public ExactlyOnceSession(MirrorContext context, Route route, TopicState state, CopyForm form, int partitions)
        : base(context, route, state)
    {
        _partitions = partitions;
        _timeout = context.Config.Mirror.TransactionTimeout;
        var settings = ProducerSettings(form);
        settings.TransactionalId = $"portask-bridge.{context.SourceName}.{route.Source}";
        settings.TransactionTimeoutMs = (int)_timeout.TotalMilliseconds;
        settings.MessageTimeoutMs = settings.TransactionTimeoutMs;
        Producer = context.Target.Producer(settings);
        Consumer = context.Source.Consumer(ConsumerSettings()).Build();
    }

    protected override IConsumer<byte[]?, byte[]?> Consumer { get; }

    protected override IProducer<byte[]?, byte[]?> Producer { get; }

    public override void Run(CancellationToken stop)
    {
        // Ends the transaction of the session before, whatever it was doing; only then is the progress final.
        Again(() => Producer.InitTransactions(_timeout), stop);
        var progress = Progress.Load(Context.Target, Context.SourceName, Route.Source, stop);
        Consumer.Assign(Enumerable.Range(0, _partitions).Select(partition => Start(partition, progress[partition])));
        State.Running();
        var refreshed = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            CopyTransaction(stop);
            if (Stopwatch.GetElapsedTime(refreshed) < Context.Config.Mirror.RefreshInterval)
                continue;
            refreshed = Stopwatch.GetTimestamp();
            if (Context.Source.PartitionsAsync(Route.Source).GetAwaiter().GetResult() > _partitions)
                return;
        }
    }

    public override void Dispose()
    {
        Producer.Dispose();
        Consumer.Dispose();
        base.Dispose();
    }

    private TopicPartitionOffset Start(int partition, PartitionProgress? known)
    {
        Flights[partition] = new PartitionFlight(known?.LastRun ?? -1);
        _committed[partition] = known?.Next ?? -1;
        // Without progress the group's commit tells, as after a time of at-least-once; without one the profile's start does.
        return new TopicPartitionOffset(Route.Source, partition, known is null ? Offset.Stored : known.Next);
    }

    private void CopyTransaction(CancellationToken stop)
    {
        if (Read() is not { } record)
            return;
        Producer.BeginTransaction();
        var began = Stopwatch.GetTimestamp();
        var interval = Context.Profile.CommitInterval > ShortestTransaction ? Context.Profile.CommitInterval : ShortestTransaction;
        var count = 0;
        while (true)
        {
            if (record is not null)
            {
                Carry(record, Flights[record.Partition], stop);
                count++;
            }
            if (count >= Context.Config.Mirror.TransactionRecords || Stopwatch.GetElapsedTime(began) >= interval || stop.IsCancellationRequested)
                break;
            record = Read();
        }
        // The offsets in the target are known once all has arrived, and go into the same transaction.
        while (Producer.Flush(PollTime) > 0)
            ThrowIfFailed();
        ThrowIfFailed();
        foreach (var (partition, flight) in Flights)
            if (flight.Take(_committed[partition]) is { } taken)
            {
                _committed[partition] = taken.Next;
                foreach (var run in taken.Runs)
                    Note(partition, taken.Next, run, () => { }, stop);
            }
        Again(() => Producer.CommitTransaction(_timeout), stop);
        HasMadeProgress = true;
    }

    // A broker that is away answers later: the same call continues where it was.
    private static void Again(Action step, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                step();
                return;
            }
            catch (KafkaRetriableException)
            {
                stop.ThrowIfCancellationRequested();
            }
        }
    }
}
