namespace Portask.State.Topics;

/// <summary>A topic was created, with ids that never change (KIP-516).</summary>
public sealed record TopicCreated(
    Guid TopicId, string Name, int PartitionCount, short ReplicationFactor, IReadOnlyDictionary<string, string> Configs, long AtMs) : ITopicJournaled;

/// <summary>A topic was deleted; the journals of its partitions are still to be removed.</summary>
public sealed record TopicDeleted(Guid TopicId, long AtMs) : ITopicJournaled;

/// <summary>The journals of a deleted topic's partitions are removed.</summary>
public sealed record TopicPurged(Guid TopicId) : ITopicJournaled;

/// <summary>A topic has more partitions; <paramref name="PartitionCount"/> is the new total.</summary>
public sealed record PartitionsAdded(Guid TopicId, int PartitionCount, long AtMs) : ITopicJournaled;

/// <summary>Configs of a topic were set, or, where the value is null, went back to the default.</summary>
public sealed record TopicConfigsAltered(Guid TopicId, IReadOnlyDictionary<string, string?> Changes, long AtMs) : ITopicJournaled;

/// <summary>Configs of a broker, of every broker where the id is empty, were set, or, where the value is null, went back to what the broker was started with.</summary>
public sealed record BrokerConfigsAltered(string Broker, IReadOnlyDictionary<string, string?> Changes, long AtMs) : ITopicJournaled;

/// <summary>Producer ids below <paramref name="NextProducerId"/> are given out to a node.</summary>
public sealed record ProducerIdsAllotted(long NextProducerId, int NodeId) : ITopicJournaled;

/// <summary>A node takes part under a broker id. A node key has one id at a time, and an id one key.</summary>
/// <param name="NodeKey">What the node keeps in its data directory, so that it is known again.</param>
public sealed record BrokerRegistered(int BrokerId, string NodeKey, string? Rack, long AtMs) : ITopicJournaled;

/// <summary>A node will not come back: no partition counts it as a replica any more.</summary>
public sealed record BrokerUnregistered(int BrokerId, long AtMs) : ITopicJournaled;

/// <summary>The registry as it was at one sequence number.</summary>
public sealed record TopicRegistrySnapshot(
    IReadOnlyList<Topic> Topics,
    IReadOnlyList<DeletedTopic> Deleted,
    long NextProducerId,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> BrokerConfigs) : ITopicJournaled
{
    /// <summary>The brokers that are registered.</summary>
    public IReadOnlyList<RegisteredBroker> Brokers { get; init; } = [];

    /// <summary>The id after the highest one that was ever registered.</summary>
    public int NextBrokerId { get; init; }
}
