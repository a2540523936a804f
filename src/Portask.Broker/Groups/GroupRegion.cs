using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>
/// The entities of the groups region: coordinators and the one directory. The region must not passivate idle entities: an
/// idle group still has sessions and offsets to end, and a coordinator asks to be stopped when it has none.
/// </summary>
public static class GroupRegion
{
    /// <summary>The region's type name in cluster sharding.</summary>
    public const string TypeName = "groups";

    /// <summary>Entity id of the directory; no group's id collides because those carry a prefix.</summary>
    public const string Directory = "__directory";

    private const string Prefix = "g-";

    /// <summary>Entity id of a group.</summary>
    public static string EntityId(string groupId) => Prefix + groupId;

    /// <summary>A message for a group, to be told to the region.</summary>
    public static ShardingEnvelope To(string groupId, object message) => new(EntityId(groupId), message);

    /// <summary>A message for the directory, to be told to the region.</summary>
    public static ShardingEnvelope ToDirectory(object message) => new(Directory, message);

    /// <summary>What runs under an entity id.</summary>
    /// <param name="region">The groups region itself, known once it has started.</param>
    public static Props EntityProps(string entityId, BrokerSettings settings, Func<IActorRef> region, LocalCoordinators coordinators, TimeProvider time) =>
        entityId == Directory
            ? Props.Create(() => new GroupDirectoryActor(region))
            : Props.Create(() => new GroupCoordinatorActor(entityId.Substring(Prefix.Length), SettingsOf(settings), region, coordinators, settings.NodeId, time));

    /// <summary>What the broker's settings say about groups.</summary>
    public static GroupSettings SettingsOf(BrokerSettings settings) => new()
    {
        MinSessionTimeoutMs = settings.GroupMinSessionTimeoutMs,
        MaxSessionTimeoutMs = settings.GroupMaxSessionTimeoutMs,
        InitialRebalanceDelayMs = settings.GroupInitialRebalanceDelayMs,
        MaxSize = settings.GroupMaxSize,
        OffsetsRetentionMs = settings.OffsetsRetentionMs,
        OffsetMetadataMaxBytes = settings.OffsetMetadataMaxBytes,
    };
}
