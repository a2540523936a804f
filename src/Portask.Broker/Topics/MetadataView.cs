using System.Collections.Concurrent;
using System.Globalization;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>The read model of the registry on this node: written by the registry's actor, read by every handler.</summary>
public sealed class MetadataView(IReadOnlyDictionary<string, string> defaults) : IMetadataView
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Guid, TopicMetadata> _byId = new();
    private readonly ConcurrentDictionary<string, TopicMetadata> _byName = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public event Action<TopicMetadata, bool>? Changed;

    /// <summary>Completes once the registry has recovered and all topics are here.</summary>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    public IReadOnlyCollection<TopicMetadata> Topics => [.. _byName.Values];

    /// <inheritdoc/>
    public TopicMetadata? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public TopicMetadata? Find(Guid topicId) => _byId.GetValueOrDefault(topicId);

    /// <summary>Takes over a topic that is new or was altered.</summary>
    public void Put(Topic topic)
    {
        var metadata = new TopicMetadata(topic.Name, topic.Id, topic.PartitionCount, topic.ReplicationFactor, SettingsOf(topic), topic.Configs)
        {
            Meter = Find(topic.Id)?.Meter ?? new(),
        };
        _byId[topic.Id] = metadata;
        _byName[topic.Name] = metadata;
        Changed?.Invoke(metadata, false);
    }

    /// <summary>Forgets a topic that was deleted.</summary>
    public void Remove(Guid topicId)
    {
        if (!_byId.TryRemove(topicId, out var metadata))
            return;
        _byName.TryRemove(KeyValuePair.Create(metadata.Name, metadata));
        Changed?.Invoke(metadata, true);
    }

    /// <summary>Says that all topics are here.</summary>
    public void SetReady() => _ready.TrySetResult();

    private TopicSettings SettingsOf(Topic topic)
    {
        string Text(string name) => TopicConfigs.Effective(name, topic.Configs, defaults);
        long Number(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);
        var cleanup = Text("cleanup.policy").Split(',', StringSplitOptions.TrimEntries);
        return new TopicSettings
        {
            MaxMessageBytes = (int)Number("max.message.bytes"),
            RetentionMs = Number("retention.ms"),
            RetentionBytes = Number("retention.bytes"),
            SegmentBytes = (int)Number("segment.bytes"),
            CleanupDelete = cleanup.Contains("delete"),
            CleanupCompact = cleanup.Contains("compact"),
            LogAppendTime = Text("message.timestamp.type") == "LogAppendTime",
            CompressionType = Text("compression.type"),
            MinInsyncReplicas = (int)Number("min.insync.replicas"),
            MessageTimestampBeforeMaxMs = Number("message.timestamp.before.max.ms"),
            MessageTimestampAfterMaxMs = Number("message.timestamp.after.max.ms"),
        };
    }
}
