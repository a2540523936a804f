using Akka.Cluster.Sharding;

namespace Portask.Broker.Cluster;

/// <summary>Sends a <see cref="ShardingEnvelope"/> to the shard of its entity id; nothing else reaches an entity.</summary>
public sealed class EntityExtractor() : HashCodeMessageExtractor(ShardCount)
{
    // Shards are the unit of hand-off. Ten for each node of the largest cluster that one database carries is ample.
    private const int ShardCount = 100;

    public override string? EntityId(object message) => (message as ShardingEnvelope)?.EntityId;

    public override object? EntityMessage(object message) => (message as ShardingEnvelope)?.Message;
}
