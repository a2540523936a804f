using Akka.Actor;
using Portask.Journal.Metrics;

namespace Portask.Broker.Metrics;

/// <summary>What the actors of a node did since it started. An extension, so that entities find it where they run.</summary>
public sealed class BrokerMeters : IExtension
{
    private long _leaderEpochs;
    private long _partitionFailures;
    private long _rebalances;
    private long _committed;
    private long _aborted;

    /// <summary>Time from a decision of a registry, group or transaction to its events being in the control journal.</summary>
    public Histogram ControlCommitTime { get; } = new(HistogramScale.Durations);

    /// <summary>Leader epochs begun by partitions.</summary>
    public long LeaderEpochs => Interlocked.Read(ref _leaderEpochs);

    /// <summary>Partitions that stopped because the journal refused them: a disk that failed, or another node that writes.</summary>
    public long PartitionFailures => Interlocked.Read(ref _partitionFailures);

    /// <summary>Rebalances begun by groups.</summary>
    public long Rebalances => Interlocked.Read(ref _rebalances);

    /// <summary>Transactions decided to commit.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    /// <summary>Transactions decided to abort.</summary>
    public long Aborted => Interlocked.Read(ref _aborted);

    /// <summary>The meters of an actor system.</summary>
    public static BrokerMeters Get(ActorSystem system) => system.WithExtension<BrokerMeters, Provider>();

    internal void LeaderEpochStarted() => Interlocked.Increment(ref _leaderEpochs);

    internal void PartitionFailed() => Interlocked.Increment(ref _partitionFailures);

    internal void RebalanceStarted() => Interlocked.Increment(ref _rebalances);

    internal void TransactionDecided(bool commits) => Interlocked.Increment(ref commits ? ref _committed : ref _aborted);

    private sealed class Provider : ExtensionIdProvider<BrokerMeters>
    {
        public override BrokerMeters CreateExtension(ExtendedActorSystem system) => new();
    }
}
