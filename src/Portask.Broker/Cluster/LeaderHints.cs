using Portask.Broker.Topics;

namespace Portask.Broker.Cluster;

/// <summary>The new leaders that a response names beside NOT_LEADER_OR_FOLLOWER, so that clients need not ask Metadata first (KIP-951).</summary>
public sealed class LeaderHints(LeaderView leaders, IMetadataView topics)
{
    /// <summary>Who leads a partition, when it is a broker that clients can reach.</summary>
    public (LeaderOf Leader, BrokerEndpoint Broker)? Of(Guid topicId, int partition) =>
        leaders.Find(topicId, partition) is { } leader && leaders.Broker(leader.BrokerId) is { } broker ? (leader, broker) : null;

    /// <summary>The same for a partition that is named by topic id or by name.</summary>
    public (LeaderOf Leader, BrokerEndpoint Broker)? Of(Guid topicId, string name, int partition)
    {
        var id = topicId != Guid.Empty ? topicId : topics.Find(name)?.Id;
        return id is { } known ? Of(known, partition) : null;
    }
}
