using Portask.Broker.Metrics;

namespace Portask.Broker.Topics;

/// <summary>This node's read model of the topic registry: what handlers look topics up in without asking an actor.</summary>
public interface IMetadataView
{
    /// <summary>The topic of that name, or null.</summary>
    TopicMetadata? Find(string name);

    /// <summary>The topic of that id, or null (KIP-516).</summary>
    TopicMetadata? Find(Guid topicId);

    /// <summary>All topics, in no order.</summary>
    IReadOnlyCollection<TopicMetadata> Topics { get; }

    /// <summary>Calls back after a topic was created, altered or deleted (then the second argument is true). Runs on the caller of the change.</summary>
    event Action<TopicMetadata, bool>? Changed;
}

/// <summary>A topic as the registry has it.</summary>
public sealed record TopicMetadata(string Name, Guid Id, int PartitionCount, short ReplicationFactor, TopicSettings Settings, IReadOnlyDictionary<string, string> Configs)
{
    /// <summary>Counts what goes into and out of it on this node.</summary>
    public TopicMeter Meter { get; init; } = new();
}

/// <summary>The effective configuration of a topic: its own values over the broker's defaults.</summary>
public sealed record TopicSettings
{
    public int MaxMessageBytes { get; init; } = 1_048_588;
    public long RetentionMs { get; init; } = 604_800_000;
    public long RetentionBytes { get; init; } = -1;
    public int SegmentBytes { get; init; } = 1_073_741_824;
    public bool CleanupDelete { get; init; } = true;
    public bool CleanupCompact { get; init; }
    public bool LogAppendTime { get; init; }
    public string CompressionType { get; init; } = "producer";
    public int MinInsyncReplicas { get; init; } = 1;
    public long MessageTimestampBeforeMaxMs { get; init; } = long.MaxValue;
    public long MessageTimestampAfterMaxMs { get; init; } = 3_600_000;
}
