using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;

namespace Portask.Broker.Topics;

/// <summary>Starts the registry when it does not run. Not answered: its read model tells when it is there.</summary>
public sealed record WakeRegistry : ICrossesNodes
{
    public static readonly WakeRegistry Instance = new();
}

/// <summary>The one entity of the topics region.</summary>
public static class TopicRegion
{
    /// <summary>The region's type name in cluster sharding.</summary>
    public const string TypeName = "topics";

    /// <summary>A message for the registry, to be told to the region.</summary>
    public static ShardingEnvelope To(object message) => new(EntityIds.Registry, message);

    /// <summary>What runs under the one entity id.</summary>
    /// <param name="partitions">The partitions region, known once it has started.</param>
    /// <param name="advanced">Told how far the journal is, in a cluster, where every node follows it; null where the registry writes the one view itself.</param>
    public static Props EntityProps(BrokerSettings settings, MetadataView view, Func<IActorRef> partitions, Action<long>? advanced, TimeProvider time) =>
        Props.Create(() => new TopicRegistryActor(BrokerConfigs.Limits(settings), view, partitions, time, advanced));
}
