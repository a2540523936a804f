using Akka.Actor;
using Portask.Journal;

namespace Portask.Broker.Cluster;

/// <summary>How sharded entities and their journals are named. Journals outlive releases: these forms are frozen.</summary>
public static class EntityIds
{
    /// <summary>The one registry entity, and its persistence id.</summary>
    public const string Registry = JournalIds.Registry;

    /// <summary>Entity id of a partition.</summary>
    public static string Partition(Guid topicId, int partition) => $"{topicId:N}-{partition}";

    /// <summary>Persistence id of a partition's journal.</summary>
    public static string PartitionJournal(string entityId) => JournalIds.PartitionPrefix + entityId;

    /// <summary>Persistence id of a group's journal.</summary>
    public static string GroupJournal(string groupId) => JournalIds.GroupPrefix + groupId;

    /// <summary>Persistence id of a transactional id's journal.</summary>
    public static string TransactionJournal(string transactionalId) => JournalIds.TransactionPrefix + transactionalId;
}

/// <summary>The shard regions of this node. A message goes in a <c>ShardingEnvelope(entityId, message)</c>.</summary>
public sealed record ShardRegions(IActorRef Topics, IActorRef Partitions, IActorRef Groups, IActorRef Transactions)
{
    /// <summary>The groups whose coordinators run here.</summary>
    public required CoordinatorClient LocalGroups { get; init; }
}
