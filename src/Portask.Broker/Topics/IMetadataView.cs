using System.Collections.Immutable;
using Portask.Broker.Metrics;
using Portask.Protocol.Records;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>This node's read model of the topic registry: what handlers look topics up in without asking an actor.</summary>
public interface IMetadataView
{
    /// <summary>The topic of that name, or null.</summary>
    TopicMetadata? Find(string name);

    /// <summary>The topic of that id, or null (KIP-516).</summary>
    TopicMetadata? Find(Guid topicId);

    /// <summary>Configs of brokers that were set while they run; they are in the topics' settings already.</summary>
    DynamicConfigs Dynamic { get; }

    /// <summary>All topics, in no order.</summary>
    IReadOnlyCollection<TopicMetadata> Topics { get; }

    /// <summary>The brokers that are registered, up or not; none in a cluster of one.</summary>
    IReadOnlyCollection<int> BrokerIds { get; }

    /// <summary>
    /// Has the view take over all that the registry has journaled by now. Only then is a topic that it does not have one that is not there:
    /// in a cluster a node hears of a new one a moment after others do, and a node that starts knows none at first.
    /// </summary>
    /// <returns>False when the journal did not answer in time: nothing follows then from what the view does not have.</returns>
    Task<bool> CatchUpAsync();

    /// <summary>
    /// The same for topics that the view does not have, unless each of them was found to be gone before: none comes back under its id, so
    /// who asks for a deleted one again and again has the journal read once.
    /// </summary>
    Task<bool> CatchUpAsync(IEnumerable<Guid> unknown);

    /// <summary>Calls back after a topic was created, altered or deleted (then the second argument is true). Runs on the caller of the change.</summary>
    event Action<TopicMetadata, bool>? Changed;
}

/// <summary>A topic as the registry has it.</summary>
public sealed record TopicMetadata(string Name, Guid Id, int PartitionCount, short ReplicationFactor, TopicSettings Settings, IReadOnlyDictionary<string, string> Configs)
{
    /// <summary>Counts what goes into and out of it on this node.</summary>
    public TopicMeter Meter { get; init; } = new();

    /// <summary>The same as the registry answers with.</summary>
    public Topic ToTopic() => new(Id, Name, PartitionCount, ReplicationFactor, Configs.ToImmutableSortedDictionary(StringComparer.Ordinal));
}

/// <summary>The effective configuration of a topic: its own values over the broker's defaults.</summary>
public sealed record TopicSettings
{
    /// <summary>What a produced batch is held to.</summary>
    public RecordRules Records { get; init; } = new();
    public long RetentionMs { get; init; } = 604_800_000;
    public long RetentionBytes { get; init; } = -1;
    public int SegmentBytes { get; init; } = 1_073_741_824;
    public long SegmentMs { get; init; } = 604_800_000;
    public long SegmentJitterMs { get; init; }
    public long FlushMessages { get; init; } = long.MaxValue;
    public long FlushMs { get; init; } = long.MaxValue;
    public bool CleanupDelete { get; init; } = true;
    public bool CleanupCompact { get; init; }
    public double MinCleanableDirtyRatio { get; init; } = 0.5;
    public long MinCompactionLagMs { get; init; }
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;
    public long DeleteRetentionMs { get; init; } = 86_400_000;
    public int MinInsyncReplicas { get; init; } = 1;
}
