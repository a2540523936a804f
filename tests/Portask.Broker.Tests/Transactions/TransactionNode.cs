using System.Collections.Immutable;
using Akka.Actor;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Journal;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Broker.Tests.Transactions;

/// <summary>The actors that a transaction concerns, over a disk that other nodes had before.</summary>
internal sealed class TransactionNode : IDisposable
{
    public const string GroupId = "group";
    public const int PartitionCount = 2;

    public static readonly Guid TopicId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private const string Config = """
        akka.loglevel = OFF
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.persistence.journal.plugin = "test.journal"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        test.journal {
          class = "Portask.Broker.Tests.Transactions.MortalJournal, Portask.Broker.Tests"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }
        """;

    private static int _nodes;

    private readonly ActorSystem _system;

    public TransactionNode(Life life, TimeProvider time)
    {
        Life = life;
        var name = $"node-{Interlocked.Increment(ref _nodes)}";
        life.Begin(name);
        _system = ActorSystem.Create(name, Config);
        var settings = new BrokerSettings();
        var topics = new MetadataView(BrokerConfigs.TopicDefaults(settings));
        var coordinators = new LocalCoordinators();
        Transactions = new TransactionClient(
            () => Coordinators!, new CoordinatorClient(coordinators, () => Coordinators!, TransactionRegion.To, settings.NodeId));
        var journal = new SyncedJournal();
        var context = new PartitionContext(
            settings, topics, journal, "test.journal", new LocalPartitions(), Transactions, new LogCleaner(journal, settings, time),
            new TailBudget(1024 * 1024), TimeSpan.FromHours(1), time);
        Partitions = Region("partitions", id => PartitionRegion.EntityProps(id, context));
        Groups = Region("groups", id => GroupRegion.EntityProps(id, settings, () => Groups!, new LocalCoordinators(), time));
        topics.SetReady();
        // A node that starts knows no topic until it has read what there is.
        topics.FollowBy(_ =>
        {
            topics.Put(new Topic(TopicId, "topic", PartitionCount, 1, ImmutableSortedDictionary<string, string>.Empty));
            return Task.FromResult(true);
        });
        var peers = new TransactionPeers(Partitions, Groups, () => Coordinators!);
        Coordinators = Region("transactions", id => TransactionRegion.EntityProps(id, settings, topics, peers, coordinators, time));
    }

    public Life Life { get; }

    public TransactionClient Transactions { get; }

    public IActorRef Partitions { get; }

    public IActorRef Groups { get; }

    public IActorRef Coordinators { get; }

    /// <summary>A partition as the disk has it, and its batches.</summary>
    public static (PartitionState State, List<BatchAppended> Batches) Partition(Disk disk, int partition)
    {
        var state = new PartitionState();
        var batches = new List<BatchAppended>();
        var number = 0;
        foreach (var journaled in disk.Events(EntityIds.PartitionJournal(EntityIds.Partition(TopicId, partition))))
        {
            state.Apply((State.IPartitionJournaled)journaled, ++number);
            if (journaled is BatchAppended { Batch.IsControl: false } batch)
                batches.Add(batch);
        }
        return (state, batches);
    }

    /// <summary>The group as the disk has it.</summary>
    public static GroupState Group(Disk disk) =>
        disk.Events(EntityIds.GroupJournal(GroupId)).Cast<State.IGroupJournaled>().Aggregate(GroupState.None, (state, journaled) => state.Apply(journaled));

    /// <summary>How often the disk has the decision to commit.</summary>
    public static int Commits(Disk disk, string transactionalId) =>
        disk.Events(EntityIds.TransactionJournal(transactionalId)).Count(journaled => journaled is TransactionDecided { Commits: true });

    // What of it still runs cannot reach the disk any more, so nobody has to wait for its end.
    public void Dispose() => _ = _system.Terminate();

    private IActorRef Region(string name, Func<string, Props> props) => _system.ActorOf(Props.Create(() => new LocalRegion(props)), name);

    private sealed class SyncedJournal : IRecordsJournal
    {
        public bool SyncsOnWrite => true;

        public void SubscribeSynced(string persistenceId, IActorRef subscriber)
        {
        }

        public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation) => new([]);

        public ValueTask<bool> EditAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation) => new(true);

        public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

        public void Flush(string persistenceId)
        {
        }

        public long SizeInBytes(string persistenceId) => 0;
    }
}
