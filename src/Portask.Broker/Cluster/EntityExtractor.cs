using Akka.Cluster.Sharding;

namespace Portask.Broker.Cluster;

/// <summary>
/// Spreads entity ids over shards. Only a <see cref="ShardingEnvelope"/> reaches an entity, and regions open those
/// themselves, so no message of another type names one.
/// </summary>
public sealed class EntityExtractor() : HashCodeMessageExtractor(ShardCount)
{
    // Shards are the unit of hand-off. Ten for each node of the largest cluster that one database carries is ample.
    private const int ShardCount = 100;

    public override string? EntityId(object message) => null;

    public override object EntityMessage(object message) => message;
}
