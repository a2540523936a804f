using Akka.Actor;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Fetching;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Journal;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Transactions;

namespace Portask.Broker.Tests.LogModel;

/// <summary>One real partition over a real journal, with a clock of its own, and a reader that does what clients do.</summary>
internal sealed class LogUnderTest
{
    private readonly ActorSystem _system;
    private readonly string _plugin;
    private readonly Guid _topicId = Guid.NewGuid();
    private readonly LocalPartitions _partitions = new();
    private readonly MetadataView _metadata = new(new Dictionary<string, string>());
    private readonly BrokerSettings _settings;
    private readonly LogCleaner _cleaner;
    private readonly OffsetLookup _lookup = new(1 << 20);
    private IActorRef _actor = ActorRefs.Nobody;

    public LogUnderTest(ActorSystem system, string plugin, ModelTopic topic)
    {
        (_system, _plugin) = (system, plugin);
        // Nothing looks by itself: the steps do.
        _settings = new BrokerSettings { LogCleanerBackoffMs = 600_000, LogCleanerDedupeBufferBytes = topic.DedupeBytes };
        Journal = new FailingJournal(RecordsJournal.Get(system));
        _cleaner = new LogCleaner(Journal, _settings, Time);
        Configure(topic);
    }

    public ManualTime Time { get; } = new();

    public FailingJournal Journal { get; }

    public PartitionReader Reader => _partitions.Find(_topicId, 0)!;

    private TopicMetadata Topic => _metadata.Find(_topicId)!;

    public void Configure(ModelTopic topic) => _metadata.Put(topic.Named(_topicId));

    private static TransactionClient Transactions => new(
        () => ActorRefs.Nobody, new CoordinatorClient(new LocalCoordinators(), () => ActorRefs.Nobody, TransactionRegion.To, 1));

    public async Task StartAsync()
    {
        var context = new PartitionContext(
            _settings, _metadata, Journal, _plugin, _partitions, Transactions, _cleaner, new TailBudget(3000),
            TimeSpan.FromHours(1), Time);
        _actor = _system.ActorOf(PartitionRegion.EntityProps(EntityIds.Partition(_topicId, 0), context));
        await SettledAsync();
    }

    public async Task StopAsync()
    {
        // A write on its way would land after the next incarnation has looked for the last one.
        await SettledAsync();
        var stopped = _actor.WatchAsync();
        _system.Stop(_actor);
        await stopped.WaitAsync(Patience.Time);
    }

    public Task SettledAsync() => _actor.Ask<PartitionAwake>(WakePartition.Instance, Patience.Time);

    public Task<AppendReply> AppendAsync(byte[] batch) => _actor.Ask<AppendReply>(new AppendBatch(batch, 1, false), Patience.Time);

    public Task<MarkerWritten> EndAsync(long producerId, short epoch, bool commits) => _actor.Ask<MarkerWritten>(
        new WriteMarker(new TransactionPartition(_topicId, 0), new ProducerIdAndEpoch(producerId, epoch), new TransactionMarker(commits, 0), IsRaised: false, Decision: 0), Patience.Time);

    public Task<RecordsDeleted> DeleteRecordsAsync(long offset) => _actor.Ask<RecordsDeleted>(new DeleteRecordsBefore(offset), Patience.Time);

    public Task CleanAsync() => _actor.Ask<LogCleaned>(CleanLog.Instance, Patience.Time);

    public Task RetainAsync()
    {
        _actor.Tell(ApplyRetention.Instance);
        return SettledAsync();
    }

    public ValueTask<FoundOffset> FindAsync(long timestamp, bool committed) => _lookup.FindAsync(Reader, timestamp, committed, CancellationToken.None);

    public ErrorCode ErrorAt(long offset) => FetchRead.Check(TargetAt(offset, 1), Reader, Topic).Error;

    /// <summary>Reads from an offset to the end as a client does, that is with the aborted transactions of each response for itself.</summary>
    /// <returns>Records and markers, and the offset that the client would fetch next.</returns>
    public async Task<(List<SeenRecord> Seen, long Position)> ReadAsync(long from, bool committed, Random random)
    {
        var seen = new List<SeenRecord>();
        var position = from;
        while (true)
        {
            var read = FetchRead.Check(TargetAt(position, random.Next(1, 3000)), Reader, Topic);
            ModelLog.Require(read.Error == ErrorCode.None, $"a fetch at {position} got {read.Error}");
            await read.ReadAsync(committed, int.MaxValue, true, CancellationToken.None);
            if (read.Batches.Count == 0)
                return (seen, position);
            var aborted = new Queue<State.Partitions.AbortedTransaction>(read.Aborted);
            var producers = new HashSet<long>();
            foreach (var batch in read.Batches.Select(bytes => new RecordBatch(bytes)))
            {
                Take(batch, from, committed, aborted, producers, seen);
                position = batch.NextOffset;
            }
        }
    }

    private static void Take(
        RecordBatch batch, long from, bool committed, Queue<State.Partitions.AbortedTransaction> aborted, HashSet<long> producers, List<SeenRecord> seen)
    {
        while (aborted.TryPeek(out var first) && first.FirstOffset <= batch.LastOffset)
            producers.Add(aborted.Dequeue().ProducerId);
        if (batch.IsControl && !TransactionMarker.Of(batch).Commits)
            producers.Remove(batch.ProducerId);
        else if (committed && batch.IsTransactional && producers.Contains(batch.ProducerId))
            return;
        var reader = RecordReader.Open(batch, 1 << 20);
        while (reader.TryReadNext(out var record))
            if (record.Offset >= from)
                seen.Add(new(record.Offset, record.Timestamp, batch.IsControl ? null : Text(record.Key), batch.IsControl ? null : Text(record.Value), batch.IsControl));
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } there ? System.Text.Encoding.ASCII.GetString(there.Span) : null;

    private FetchTarget TargetAt(long offset, int maxBytes) => new(new FetchKey(_topicId, "", 0)) { FetchOffset = offset, MaxBytes = maxBytes };
}
