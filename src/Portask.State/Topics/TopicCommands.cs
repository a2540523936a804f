using Portask.Protocol;

namespace Portask.State.Topics;

/// <summary>A change of one topic. Several of one request are decided in order, each on what the ones before it made.</summary>
public abstract record TopicCommand(bool ValidateOnly);

/// <summary>Creates a topic.</summary>
/// <param name="TopicId">A new random id.</param>
/// <param name="PartitionCount">-1 is the broker's default.</param>
/// <param name="ReplicationFactor">-1 is the broker's default.</param>
/// <param name="Assignments">Replicas of each partition, index by index; null where the broker assigns.</param>
public sealed record CreateTopic(
    Guid TopicId,
    string Name,
    int PartitionCount,
    short ReplicationFactor,
    IReadOnlyList<KeyValuePair<int, IReadOnlyList<int>>>? Assignments,
    IReadOnlyList<KeyValuePair<string, string?>> Configs,
    bool ValidateOnly) : TopicCommand(ValidateOnly);

/// <summary>Deletes a topic by id, or by name where the id is empty. Where both are given the name says by what the client knows it.</summary>
public sealed record DeleteTopic(Guid TopicId, string? Name) : TopicCommand(false);

/// <summary>Raises a topic's partitions to a total.</summary>
public sealed record AddPartitions(string Name, int PartitionCount, IReadOnlyList<IReadOnlyList<int>>? Assignments, bool ValidateOnly) : TopicCommand(ValidateOnly);

/// <summary>How one config is changed (KIP-339); the numbers are those of the protocol.</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

/// <summary>One change of a config.</summary>
public sealed record ConfigChange(string Name, ConfigOperation Operation, string? Value);

/// <summary>Changes configs of a topic.</summary>
/// <param name="ReplaceAll">AlterConfigs: what is not named goes back to its default. IncrementalAlterConfigs leaves it alone.</param>
public sealed record AlterTopicConfigs(string Name, IReadOnlyList<ConfigChange> Changes, bool ReplaceAll, bool ValidateOnly) : TopicCommand(ValidateOnly);

/// <summary>Changes configs of a broker, under the brokers' names of them, or those of every broker.</summary>
/// <param name="Broker">The broker's id, empty for every broker.</param>
public sealed record AlterBrokerConfigs(string Broker, IReadOnlyList<ConfigChange> Changes, bool ReplaceAll, bool ValidateOnly) : TopicCommand(ValidateOnly);

/// <summary>The answer to a <see cref="TopicCommand"/>.</summary>
/// <param name="Message">What was wrong and what is accepted; null without an error.</param>
/// <param name="Topic">The topic as it is or, with validate-only, would be; null for a command that is about brokers.</param>
public sealed record TopicReply(ErrorCode Error, string? Message, Topic? Topic)
{
    public static TopicReply Refused(ErrorCode error, string message) => new(error, message, null);
}

/// <summary>What the registry holds topics to.</summary>
/// <param name="Brokers">Ids of the nodes that there are.</param>
/// <param name="Defaults">Broker values of topic configs, by the topic config's name.</param>
public sealed record TopicLimits(
    int DefaultPartitions,
    short DefaultReplicationFactor,
    IReadOnlyCollection<int> Brokers,
    bool DeletionEnabled,
    IReadOnlyDictionary<string, string> Defaults,
    int MaxPartitionsPerTopic = 10_000,
    int MaxPartitions = 200_000);
