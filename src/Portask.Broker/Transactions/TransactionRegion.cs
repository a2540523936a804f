using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Topics;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>The entities of the transactions region: one coordinator for each transactional id.</summary>
public static class TransactionRegion
{
    /// <summary>The region's type name in cluster sharding.</summary>
    public const string TypeName = "transactions";

    private const string Prefix = "t-";

    /// <summary>A message for the coordinator of a transactional id, to be told to the region.</summary>
    public static ShardingEnvelope To(string transactionalId, object message) => new(Prefix + transactionalId, message);

    /// <summary>What runs under an entity id.</summary>
    public static Props EntityProps(string entityId, BrokerSettings settings, IMetadataView topics, IActorRef partitions, IActorRef groups, TimeProvider time)
    {
        var transactions = new TransactionSettings
        {
            MaxTimeoutMs = settings.TransactionMaxTimeoutMs,
            ExpirationMs = settings.TransactionalIdExpirationMs,
        };
        return Props.Create(() => new TransactionCoordinatorActor(entityId.Substring(Prefix.Length), transactions, topics, partitions, groups, time));
    }
}
