using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Journal;

namespace Portask.Broker.Partitions;

/// <summary>What all partitions of a node share.</summary>
/// <param name="JournalPluginId">The Akka.Persistence journal that holds records.</param>
/// <param name="RetentionInterval">How often retention is applied.</param>
public sealed record PartitionContext(
    BrokerSettings Settings,
    IMetadataView Topics,
    IRecordsJournal Journal,
    string JournalPluginId,
    LocalPartitions Partitions,
    TransactionClient Transactions,
    LogCleaner Cleaner,
    TailBudget TailBudget,
    TimeSpan RetentionInterval,
    TimeProvider Time)
{
    /// <summary>Whether this node may lead.</summary>
    public ClusterTouch Touch { get; init; } = ClusterTouch.Always;
}
