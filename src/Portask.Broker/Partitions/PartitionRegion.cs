using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;
using Portask.Journal;

namespace Portask.Broker.Partitions;

/// <summary>
/// The entities of the partitions region. The region must not passivate idle entities: one that stops and starts again has a
/// new leader epoch, which every client would have to learn.
/// </summary>
public static class PartitionRegion
{
    /// <summary>The region's type name in cluster sharding.</summary>
    public const string TypeName = "partitions";

    /// <summary>A message for a partition, to be told to the region.</summary>
    public static ShardingEnvelope To(Guid topicId, int partition, object message) => new(EntityIds.Partition(topicId, partition), message);

    /// <summary>What runs under an entity id.</summary>
    public static Props EntityProps(string entityId, PartitionContext context) => EntityProps(entityId, [context]);

    /// <summary>What runs under an entity id.</summary>
    /// <param name="contexts">One for each place that records go to.</param>
    public static Props EntityProps(string entityId, IReadOnlyList<PartitionContext> contexts)
    {
        var dash = entityId.LastIndexOf('-');
        var topicId = Guid.ParseExact(entityId.AsSpan(0, dash), "N");
        var partition = int.Parse(entityId.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var context = contexts[RecordsJournal.PlaceOf(topicId, partition, contexts.Count)];
        return Props.Create(() => new PartitionActor(topicId, partition, context));
    }
}
