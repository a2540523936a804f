using System.Collections.Concurrent;
using System.Globalization;
using Portask.Protocol.Records;
using Portask.State;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>
/// The read model of the registry on this node: written by the registry's actor or, in a cluster, by the
/// <see cref="RegistryFollower"/>; read by every handler.
/// </summary>
/// <param name="defaults">What the node's settings say about topic configs, by the topic config's name.</param>
public sealed class MetadataView(IReadOnlyDictionary<string, string> defaults, int nodeId = 1) : IMetadataView
{
    // Shorter than clients wait for an answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Clients may name any id. What is forgotten is looked for in the journal once more.
    private const int MostGone = 10_000;

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private volatile IReadOnlyCollection<int> _brokerIds = [];
    private long _sequenceNr = -1;
    private readonly ConcurrentDictionary<Guid, TopicMetadata> _byId = new();
    private readonly ConcurrentDictionary<string, TopicMetadata> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, bool> _gone = new();
    private readonly Lock _configs = new();
    private TopicRegistryState _registry = TopicRegistryState.Empty;
    private int _nodeId = nodeId;
    private IReadOnlyDictionary<string, string>? _overlaid;
    private Func<TimeSpan, Task<bool>>? _reading;

    /// <inheritdoc/>
    public event Action<TopicMetadata, bool>? Changed;

    /// <summary>Completes once the registry has recovered and all topics are here.</summary>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    public DynamicConfigs Dynamic { get; private set; } = DynamicConfigs.None;

    /// <inheritdoc/>
    public IReadOnlyCollection<TopicMetadata> Topics => [.. _byName.Values];

    /// <inheritdoc/>
    public TopicMetadata? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public TopicMetadata? Find(Guid topicId) => _byId.GetValueOrDefault(topicId);

    /// <inheritdoc/>
    public IReadOnlyCollection<int> BrokerIds => _brokerIds;

    /// <summary>How far the registry's journal is in this view.</summary>
    public long SequenceNr
    {
        get
        {
            lock (_gate)
                return _sequenceNr;
        }
    }

    /// <summary>Takes over the whole registry, as its journal was read.</summary>
    public void Take(TopicRegistryState state, long sequenceNr)
    {
        PutBrokerConfigs(state);
        // A deletion that was journaled and not answered, and that nobody was told of before the registry recovered.
        foreach (var gone in _byId.Keys.Where(id => state.Find(id) is null))
            Remove(gone);
        foreach (var topic in state.Topics.Values)
            Put(topic);
        _brokerIds = [.. state.Brokers.Keys];
        SetReady();
        Advance(sequenceNr);
    }

    /// <summary>Takes over one event of the registry.</summary>
    /// <param name="state">The state that it led to.</param>
    public void Show(TopicRegistryState state, ITopicJournaled journaled)
    {
        if (journaled is BrokerConfigsAltered)
        {
            PutBrokerConfigs(state);
            return;
        }
        var id = journaled switch
        {
            TopicCreated e => e.TopicId,
            PartitionsAdded e => e.TopicId,
            TopicConfigsAltered e => e.TopicId,
            TopicDeleted e => e.TopicId,
            _ => Guid.Empty,
        };
        if (journaled is BrokerRegistered or BrokerUnregistered)
            _brokerIds = [.. state.Brokers.Keys];
        else if (state.Find(id) is { } topic)
            Put(topic);
        else
            Remove(id);
    }

    /// <summary>The view is as the registry's journal is at a sequence number.</summary>
    public void Advance(long sequenceNr)
    {
        lock (_gate)
        {
            _sequenceNr = Math.Max(_sequenceNr, sequenceNr);
            while (_waiting.TryPeek(out var waiting, out var at) && at <= _sequenceNr)
            {
                _waiting.Dequeue();
                waiting.TrySetResult();
            }
        }
    }

    /// <summary>Completes once the view is as the registry's journal is at a sequence number.</summary>
    public Task WhenAtAsync(long sequenceNr)
    {
        lock (_gate)
        {
            if (sequenceNr <= _sequenceNr)
                return Task.CompletedTask;
            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiting, sequenceNr);
            return waiting.Task;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CatchUpAsync()
    {
        try
        {
            // Where the registry writes the view itself, nobody has heard of what is not in it.
            await Ready.WaitAsync(Patience).ConfigureAwait(false);
            return _reading is null || await _reading(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CatchUpAsync(IEnumerable<Guid> unknown)
    {
        var unheard = unknown.Where(id => !_gone.ContainsKey(id)).Distinct().ToList();
        if (unheard.Count == 0)
            return true;
        if (!await CatchUpAsync().ConfigureAwait(false))
            return false;
        foreach (var id in unheard.Where(id => id != Guid.Empty && Find(id) is null))
            BeGone(id);
        return true;
    }

    /// <summary>In a cluster: how the registry's journal is read up to where it is now, and whether that could be done in time.</summary>
    public void FollowBy(Func<TimeSpan, Task<bool>> reading) => _reading = reading;

    /// <summary>Takes over a topic that is new or was altered.</summary>
    public void Put(Topic topic) =>
        Put(new TopicMetadata(topic.Name, topic.Id, topic.PartitionCount, topic.ReplicationFactor, SettingsOf(topic.Configs), topic.Configs)
        {
            Meter = Find(topic.Id)?.Meter ?? new(),
        });

    /// <summary>Takes over configs of brokers, which every topic that says nothing itself then has.</summary>
    public void PutBrokerConfigs(TopicRegistryState state)
    {
        lock (_configs)
        {
            _registry = state;
            OverlayConfigs();
        }
    }

    /// <summary>This node has its broker id, under which configs may be set for it alone.</summary>
    public void BeBroker(int id)
    {
        lock (_configs)
        {
            _nodeId = id;
            OverlayConfigs();
        }
    }

    private void OverlayConfigs()
    {
        Dynamic = new DynamicConfigs(_registry.BrokerConfigsOf(_nodeId.ToString(CultureInfo.InvariantCulture)), _registry.BrokerConfigsOf(""));
        _overlaid = TopicConfigs.Overlaid(defaults, Dynamic.OfCluster, Dynamic.OfBroker);
        foreach (var metadata in _byId.Values)
            Put(metadata with { Settings = SettingsOf(metadata.Configs) });
    }

    /// <summary>Forgets a topic that was deleted.</summary>
    public void Remove(Guid topicId)
    {
        if (!_byId.TryRemove(topicId, out var metadata))
            return;
        _byName.TryRemove(KeyValuePair.Create(metadata.Name, metadata));
        BeGone(topicId);
        Changed?.Invoke(metadata, true);
    }

    /// <summary>Says that all topics are here.</summary>
    public void SetReady() => _ready.TrySetResult();

    private void BeGone(Guid topicId)
    {
        if (_gone.Count >= MostGone)
            _gone.Clear();
        _gone[topicId] = true;
    }

    private void Put(TopicMetadata metadata)
    {
        _byId[metadata.Id] = metadata;
        _byName[metadata.Name] = metadata;
        Changed?.Invoke(metadata, false);
    }

    private TopicSettings SettingsOf(IReadOnlyDictionary<string, string> configs)
    {
        string Text(string name) => TopicConfigs.Effective(name, configs, _overlaid ?? defaults);
        long Number(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);
        var cleanup = Text("cleanup.policy").Split(',', StringSplitOptions.TrimEntries);
        var codec = CodecOf(Text("compression.type"));
        return new TopicSettings
        {
            Records = new RecordRules
            {
                MaxMessageBytes = (int)Number("max.message.bytes"),
                RequiresKeys = cleanup.Contains("compact"),
                LogAppendTime = Text("message.timestamp.type") == "LogAppendTime",
                TimestampBeforeMaxMs = Number("message.timestamp.before.max.ms"),
                TimestampAfterMaxMs = Number("message.timestamp.after.max.ms"),
                Codec = codec,
                CompressionLevel = codec is CompressionType.Gzip or CompressionType.Lz4 or CompressionType.Zstd
                    ? (int)Number($"compression.{Text("compression.type")}.level")
                    : null,
            },
            RetentionMs = Number("retention.ms"),
            RetentionBytes = Number("retention.bytes"),
            SegmentBytes = (int)Number("segment.bytes"),
            SegmentMs = Number("segment.ms"),
            SegmentJitterMs = Number("segment.jitter.ms"),
            FlushMessages = Number("flush.messages"),
            FlushMs = Number("flush.ms"),
            CleanupDelete = cleanup.Contains("delete"),
            CleanupCompact = cleanup.Contains("compact"),
            MinCleanableDirtyRatio = double.Parse(Text("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            MinCompactionLagMs = Number("min.compaction.lag.ms"),
            MaxCompactionLagMs = Number("max.compaction.lag.ms"),
            DeleteRetentionMs = Number("delete.retention.ms"),
            MinInsyncReplicas = (int)Number("min.insync.replicas"),
        };
    }

    private static CompressionType? CodecOf(string name) => name switch
    {
        "uncompressed" => CompressionType.None,
        "gzip" => CompressionType.Gzip,
        "snappy" => CompressionType.Snappy,
        "lz4" => CompressionType.Lz4,
        "zstd" => CompressionType.Zstd,
        _ => null,
    };
}
