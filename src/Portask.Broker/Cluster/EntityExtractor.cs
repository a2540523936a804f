using System.Globalization;
using Akka.Cluster.Sharding;

namespace Portask.Broker.Cluster;

/// <summary>
/// Spreads entity ids over shards. Only a <see cref="ShardingEnvelope"/> reaches an entity, and regions open those
/// themselves, so no message of another type names one.
/// </summary>
public class EntityExtractor() : HashCodeMessageExtractor(ShardCount)
{
    /// <summary>Shards are the unit of hand-off. Ten for each node of the largest cluster that one database carries is ample.</summary>
    public const int ShardCount = 100;

    public override string? EntityId(object message) => null;

    public override object EntityMessage(object message) => message;
}

/// <summary>
/// Puts the partitions of a topic into shards that follow one another, beginning somewhere: no two of them share a shard
/// before there are more than shards, so a topic's load spreads as evenly as shards do.
/// </summary>
public sealed class PartitionExtractor : EntityExtractor
{
    public override string ShardId(string entityId, object? messageHint = null)
    {
        var dash = entityId.LastIndexOf('-');
        var partition = int.Parse(entityId.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        // Topic ids are random, so some bits of one are as good as a hash of it, and the same on every node.
        var topic = uint.Parse(entityId.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return ((topic + (uint)partition) % ShardCount).ToString(CultureInfo.InvariantCulture);
    }
}
