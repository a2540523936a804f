using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;
using Portask.Broker.Topics;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>
/// The entities of the transactions region: one coordinator for each transactional id, and the one directory. The region must
/// not passivate idle entities: an open transaction has a timeout, and a coordinator asks to be stopped when its id expired.
/// </summary>
public static class TransactionRegion
{
    /// <summary>The region's type name in cluster sharding.</summary>
    public const string TypeName = "transactions";

    /// <summary>Entity id of the directory; no transactional id collides because those carry a prefix.</summary>
    public const string Directory = "__directory";

    private const string Prefix = "t-";

    /// <summary>A message for the coordinator of a transactional id, to be told to the region.</summary>
    public static ShardingEnvelope To(string transactionalId, object message) => new(Prefix + transactionalId, message);

    /// <summary>A message for the directory, to be told to the region.</summary>
    public static ShardingEnvelope ToDirectory(object message) => new(Directory, message);

    /// <summary>What runs under an entity id.</summary>
    public static Props EntityProps(
        string entityId, BrokerSettings settings, IMetadataView topics, TransactionPeers peers, LocalCoordinators coordinators, TimeProvider time)
    {
        if (entityId == Directory)
            return Props.Create(() => new TransactionDirectoryActor(peers.Transactions));
        var transactions = new TransactionSettings
        {
            MaxTimeoutMs = settings.TransactionMaxTimeoutMs,
            ExpirationMs = settings.TransactionalIdExpirationMs,
        };
        return Props.Create(() => new TransactionCoordinatorActor(
            entityId.Substring(Prefix.Length), transactions, topics, peers, coordinators, settings.NodeId, time));
    }
}
