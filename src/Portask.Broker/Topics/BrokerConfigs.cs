using System.Globalization;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>A config of the broker that is read at its start.</summary>
internal sealed record BrokerConfig(string Name, ConfigType Type, string Value, string Documentation);

/// <summary>The broker's settings under the names that Kafka has for them.</summary>
public static class BrokerConfigs
{
    /// <summary>What this broker's settings say about topic configs, by the topic config's name.</summary>
    public static IReadOnlyDictionary<string, string> TopicDefaults(BrokerSettings settings) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["cleanup.policy"] = settings.LogCleanupPolicy,
        ["compression.type"] = settings.CompressionType,
        ["max.message.bytes"] = Text(settings.MessageMaxBytes),
        ["min.insync.replicas"] = Text(settings.MinInsyncReplicas),
        ["retention.bytes"] = Text(settings.LogRetentionBytes),
        ["retention.ms"] = Text(settings.LogRetentionMs),
        ["segment.bytes"] = Text(settings.LogSegmentBytes),
        ["unclean.leader.election.enable"] = settings.UncleanLeaderElectionEnable ? "true" : "false",
    };

    /// <summary>What topics are held to on this node.</summary>
    public static TopicLimits Limits(BrokerSettings settings) => new(
        settings.NumPartitions, settings.DefaultReplicationFactor, [settings.NodeId], settings.DeleteTopicEnable, TopicDefaults(settings));

    /// <summary>Every config of the broker, sorted by name. Those that topics take their defaults from can be set while it runs.</summary>
    public static IReadOnlyList<ConfigDescription> Describe(BrokerSettings settings, DynamicConfigs dynamic)
    {
        var defaults = TopicDefaults(settings);
        var forTopics = TopicConfigs.All
            .Where(config => config.BrokerName is not null)
            .Select(config => new ConfigDescription(config.BrokerName!, config.Type, [.. SynonymsOf(config, defaults, dynamic)], config.Documentation));
        var unset = OwnConfigs(new BrokerSettings()).ToDictionary(config => config.Name, config => config.Value);
        var own = OwnConfigs(settings).Select(config => new ConfigDescription(config.Name, config.Type, SynonymsOf(config, unset[config.Name]), config.Documentation)
        {
            IsReadOnly = true,
        });
        return [.. forTopics.Concat(own).OrderBy(config => config.Name, StringComparer.Ordinal)];
    }

    /// <summary>What was set for every broker, sorted by name.</summary>
    public static IReadOnlyList<ConfigDescription> DescribeCluster(DynamicConfigs dynamic) =>
    [
        .. dynamic.OfCluster.OrderBy(config => config.Key, StringComparer.Ordinal).Select(config => new ConfigDescription(
            config.Key,
            TopicConfigs.FindByBrokerName(config.Key)!.Type,
            [new(config.Key, config.Value, ConfigSource.DynamicDefaultBroker)],
            TopicConfigs.FindByBrokerName(config.Key)!.Documentation)),
    ];

    /// <summary>Whether there is a config of the broker of that name.</summary>
    public static bool Exists(string name, BrokerSettings settings) =>
        TopicConfigs.FindByBrokerName(name) is not null || OwnConfigs(settings).Any(config => config.Name == name);

    /// <summary>Where the broker has values of a topic config, the one in force first.</summary>
    /// <param name="defaults">What <see cref="TopicDefaults"/> gives.</param>
    internal static IEnumerable<ConfigSynonym> SynonymsOf(TopicConfig config, IReadOnlyDictionary<string, string> defaults, DynamicConfigs dynamic)
    {
        var name = config.BrokerName ?? config.Name;
        if (dynamic.OfBroker.TryGetValue(name, out var value))
            yield return new(name, value, ConfigSource.DynamicBroker);
        if (dynamic.OfCluster.TryGetValue(name, out value))
            yield return new(name, value, ConfigSource.DynamicDefaultBroker);
        if (defaults.TryGetValue(config.Name, out value) && value != config.Default)
            yield return new(name, value, ConfigSource.StaticBroker);
        yield return new(name, config.Default, ConfigSource.Default);
    }

    private static ConfigSynonym[] SynonymsOf(BrokerConfig config, string unset) => config.Value == unset
        ? [new(config.Name, unset, ConfigSource.Default)]
        : [new(config.Name, config.Value, ConfigSource.StaticBroker), new(config.Name, unset, ConfigSource.Default)];

    private static IEnumerable<BrokerConfig> OwnConfigs(BrokerSettings settings) =>
    [
        Number("broker.id", settings.NodeId, "Id of this node."),
        Number("node.id", settings.NodeId, "Id of this node."),
        new("log.dirs", ConfigType.String, settings.DataDirectory, "Folder of journals and snapshots."),
        new("listeners", ConfigType.String, $"PLAINTEXT://{settings.BindAddress}:{settings.Port}", "Address that the broker listens on."),
        new("advertised.listeners", ConfigType.String, Advertised(settings), "Address that Metadata names."),
        Flag("auto.create.topics.enable", settings.AutoCreateTopicsEnable, "Whether an unknown topic in Metadata is created."),
        Flag("delete.topic.enable", settings.DeleteTopicEnable, "Whether topics can be deleted."),
        Number("num.partitions", settings.NumPartitions, "Partitions of a topic that is created without a number."),
        Number("default.replication.factor", settings.DefaultReplicationFactor, "Replicas of a topic that is created without a number."),
        Number("socket.request.max.bytes", settings.SocketRequestMaxBytes, "Largest request in bytes."),
        Number("socket.send.buffer.bytes", settings.SocketSendBufferBytes, "Send buffer in bytes; -1 is the operating system's."),
        Number("socket.receive.buffer.bytes", settings.SocketReceiveBufferBytes, "Receive buffer in bytes; -1 is the operating system's."),
        Long("queued.max.request.bytes", settings.QueuedMaxRequestBytes, "Bytes of requests that are received or served at one time."),
        Number("max.connections", settings.MaxConnections, "Connections at one time."),
        Number("group.min.session.timeout.ms", settings.GroupMinSessionTimeoutMs, "Shortest session timeout in ms."),
        Number("group.max.session.timeout.ms", settings.GroupMaxSessionTimeoutMs, "Longest session timeout in ms."),
        Number("group.initial.rebalance.delay.ms", settings.GroupInitialRebalanceDelayMs, "Time in ms that the first rebalance waits for further members."),
        Number("group.max.size", settings.GroupMaxSize, "Members of one group."),
        Long("offsets.retention.minutes", settings.OffsetsRetentionMs / 60_000, "Time in minutes that offsets of an empty group are kept."),
        Number("offset.metadata.max.bytes", settings.OffsetMetadataMaxBytes, "Bytes of the metadata of one committed offset."),
        Number("fetch.max.bytes", settings.FetchMaxBytes, "Bytes of one Fetch response."),
        Number("max.incremental.fetch.session.cache.slots", settings.MaxIncrementalFetchSessionCacheSlots, "Fetch sessions kept at one time."),
        Number("transaction.max.timeout.ms", settings.TransactionMaxTimeoutMs, "Longest time in ms that a transaction may stay open."),
        Long("transactional.id.expiration.ms", settings.TransactionalIdExpirationMs, "Time in ms after which an idle transactional id is forgotten."),
        Long("producer.id.expiration.ms", settings.ProducerIdExpirationMs, "Time in ms after which an idle producer id is forgotten."),
        Long("log.cleaner.backoff.ms", settings.LogCleanerBackoffMs, "Time in ms after a change at which a partition looks at whether compaction is due."),
        Number("log.cleaner.threads", settings.LogCleanerThreads, "Partitions that are compacted at one time."),
        Long("log.cleaner.dedupe.buffer.size", settings.LogCleanerDedupeBufferBytes, "Bytes of the map of keys of one compaction."),
        Long("log.retention.check.interval.ms", settings.RetentionCheckIntervalMs, "Time in ms between two looks for records past their retention."),
    ];

    private static string Advertised(BrokerSettings settings) =>
        $"PLAINTEXT://{settings.AdvertisedHost ?? settings.BindAddress}:{settings.AdvertisedPort ?? settings.Port}";

    private static BrokerConfig Number(string name, int value, string documentation) => new(name, ConfigType.Int, Text(value), documentation);

    private static BrokerConfig Long(string name, long value, string documentation) => new(name, ConfigType.Long, Text(value), documentation);

    private static BrokerConfig Flag(string name, bool value, string documentation) => new(name, ConfigType.Boolean, value ? "true" : "false", documentation);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
