namespace Portask.Broker.Cluster;

/// <summary>A message that may cross nodes; <see cref="ClusterSerializer"/> writes it.</summary>
public interface ICrossesNodes;

/// <summary>What runs on a node, in parts of bounded size: sent to a node that comes up and to one that has missed something.</summary>
/// <param name="Version">How many changes the node has had; <see cref="LeadersChanged"/> counts on from it.</param>
/// <param name="Part">Index of this part; part 0 begins anew.</param>
/// <param name="TellsTraffic">Whether it answers <see cref="TrafficWanted"/>; a release that did not say so does not know the question.</param>
public sealed record NodeState(
    BrokerEndpoint Broker, long Version, int Part, int Parts, IReadOnlyList<PartitionEpoch> Leads, bool TellsTraffic) : ICrossesNodes;

/// <summary>Partitions that began or ceased to run on a node since the version before.</summary>
public sealed record LeadersChanged(int BrokerId, long Version, IReadOnlyList<PartitionEpoch> Started, IReadOnlyList<PartitionEpoch> Stopped) : ICrossesNodes;

/// <summary>The version that a node's state has, told regularly: who has another one asks with <see cref="StateWanted"/>.</summary>
public sealed record StateVersion(int BrokerId, long Version) : ICrossesNodes;

/// <summary>Asks a node for its <see cref="NodeState"/>.</summary>
public sealed record StateWanted : ICrossesNodes
{
    public static readonly StateWanted Instance = new();
}

/// <summary>Asks another node whether it still counts this one in. Answered with <see cref="Pong"/>.</summary>
/// <param name="Sent">The time at which it was asked, by the clock of the one who asks.</param>
public sealed record Ping(long Sent) : ICrossesNodes;

/// <summary>The answer to a <see cref="Ping"/> of a node that is a member.</summary>
/// <param name="HasDatabase">Whether the database answers the one who says this; a release that did not say is taken for no.</param>
public sealed record Pong(long Sent, bool HasDatabase) : ICrossesNodes;

/// <summary>The registry has journaled up to a sequence number.</summary>
public sealed record RegistryAdvanced(long SequenceNr) : ICrossesNodes;

/// <summary>Asks an entity where it runs. Answered with <see cref="Located"/> once it has recovered.</summary>
public sealed record Locate : ICrossesNodes
{
    public static readonly Locate Instance = new();
}

/// <summary>The broker that an entity runs on.</summary>
public sealed record Located(int BrokerId) : ICrossesNodes;

/// <summary>Has an entity end what is under way and stop, because its shard moves to another node.</summary>
public sealed record HandOffStop : ICrossesNodes
{
    public static readonly HandOffStop Instance = new();
}
