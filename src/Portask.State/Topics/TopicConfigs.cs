using System.Globalization;

namespace Portask.State.Topics;

/// <summary>The topic configs that there are. What is not in this table is refused with INVALID_CONFIG.</summary>
public static class TopicConfigs
{
    private const string Week = "604800000";
    private const string Forever = "9223372036854775807";

    public static readonly IReadOnlyList<TopicConfig> All =
    [
        Words("cleanup.policy", "delete", "log.cleanup.policy", ["delete", "compact"], "What happens to old records: delete, compact, or both."),
        Choice("compression.type", "producer", "compression.type", ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"],
            "Codec of stored batches; producer keeps what arrived."),
        Whole("compression.gzip.level", ConfigType.Int, "-1", "compression.gzip.level", 1, 9, "Level of gzip where the broker compresses; -1 is its default.") with
        {
            Accepts = "-1 or a whole number from 1 to 9",
            IsValid = value => value is "-1" || (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level is >= 1 and <= 9),
        },
        Whole("compression.lz4.level", ConfigType.Int, "9", "compression.lz4.level", 1, 17, "Level of lz4 where the broker compresses."),
        Whole("compression.zstd.level", ConfigType.Int, "3", "compression.zstd.level", -131072, 22, "Level of zstd where the broker compresses."),
        Whole("delete.retention.ms", ConfigType.Long, "86400000", "log.cleaner.delete.retention.ms", 0, long.MaxValue, "Time in ms that tombstones are kept."),
        Whole("file.delete.delay.ms", ConfigType.Long, "60000", "log.segment.delete.delay.ms", 0, long.MaxValue, "Time in ms before a file is removed."),
        Whole("flush.messages", ConfigType.Long, Forever, "log.flush.interval.messages", 1, long.MaxValue, "Records between two forced flushes."),
        Whole("flush.ms", ConfigType.Long, Forever, "log.flush.interval.ms", 0, long.MaxValue, "Time in ms between two forced flushes."),
        Replicas("follower.replication.throttled.replicas", "Replicas whose fetching is throttled."),
        Whole("index.interval.bytes", ConfigType.Int, "4096", "log.index.interval.bytes", 0, int.MaxValue, "Bytes between two index entries."),
        Replicas("leader.replication.throttled.replicas", "Replicas whose serving is throttled."),
        Whole("local.retention.bytes", ConfigType.Long, "-2", "log.local.retention.bytes", -2, long.MaxValue,
            "Bytes of a partition that stay local under tiered storage; -2 is retention.bytes."),
        Whole("local.retention.ms", ConfigType.Long, "-2", "log.local.retention.ms", -2, long.MaxValue,
            "Age in ms up to which records stay local under tiered storage; -2 is retention.ms."),
        Whole("max.compaction.lag.ms", ConfigType.Long, Forever, "log.cleaner.max.compaction.lag.ms", 1, long.MaxValue,
            "Longest time in ms that a record stays uncompacted."),
        Whole("max.message.bytes", ConfigType.Int, "1048588", "message.max.bytes", 0, int.MaxValue, "Largest record batch in bytes."),
        Whole("message.timestamp.after.max.ms", ConfigType.Long, "3600000", "log.message.timestamp.after.max.ms", 0, long.MaxValue,
            "How far in ms a record's time may be ahead of the broker's."),
        Whole("message.timestamp.before.max.ms", ConfigType.Long, Forever, "log.message.timestamp.before.max.ms", 0, long.MaxValue,
            "How far in ms a record's time may be behind the broker's."),
        Choice("message.timestamp.type", "CreateTime", "log.message.timestamp.type", ["CreateTime", "LogAppendTime"],
            "Whose time a record carries: the producer's or the broker's."),
        Ratio("min.cleanable.dirty.ratio", "0.5", "log.cleaner.min.cleanable.ratio", "Share of uncompacted bytes from which compaction runs."),
        Whole("min.compaction.lag.ms", ConfigType.Long, "0", "log.cleaner.min.compaction.lag.ms", 0, long.MaxValue,
            "Shortest time in ms that a record stays uncompacted."),
        Whole("min.insync.replicas", ConfigType.Int, "1", "min.insync.replicas", 1, int.MaxValue, "Nodes that must be up for acks=all."),
        Flag("preallocate", "false", "log.preallocate", "Whether segment files are allocated whole."),
        Flag("remote.log.copy.disable", "false", null, "Whether copying to tiered storage is paused."),
        Flag("remote.log.delete.on.disable", "false", null, "Whether tiered records go when tiered storage is turned off."),
        Flag("remote.storage.enable", "false", null, "Whether records go to tiered storage, of which there is none.") with
        {
            Accepts = "false: this broker has no tiered storage",
            IsValid = value => value.Equals("false", StringComparison.OrdinalIgnoreCase),
        },
        Whole("retention.bytes", ConfigType.Long, "-1", "log.retention.bytes", -1, long.MaxValue,
            "Bytes of a partition above which its oldest records are removed; -1 is no limit."),
        Whole("retention.ms", ConfigType.Long, Week, "log.retention.ms", -1, long.MaxValue, "Age in ms at which records are removed; -1 keeps them."),
        Whole("segment.bytes", ConfigType.Int, "1073741824", "log.segment.bytes", 14, int.MaxValue, "Bytes of a segment."),
        Whole("segment.index.bytes", ConfigType.Int, "10485760", "log.index.size.max.bytes", 4, int.MaxValue, "Bytes of an index."),
        Whole("segment.jitter.ms", ConfigType.Long, "0", "log.roll.jitter.ms", 0, long.MaxValue, "Random time in ms taken off segment.ms."),
        Whole("segment.ms", ConfigType.Long, Week, "log.roll.ms", 1, long.MaxValue, "Age in ms at which a segment ends though it is not full."),
        Flag("unclean.leader.election.enable", "false", "unclean.leader.election.enable", "Whether records may be given up for availability."),
    ];

    private static readonly Dictionary<string, TopicConfig> ByName = All.ToDictionary(config => config.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, TopicConfig> ByBrokerName =
        All.Where(config => config.BrokerName is not null).ToDictionary(config => config.BrokerName!, StringComparer.Ordinal);

    /// <summary>The config of that name, or null.</summary>
    public static TopicConfig? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The config that takes its default from the broker config of that name, or null.</summary>
    public static TopicConfig? FindByBrokerName(string name) => ByBrokerName.GetValueOrDefault(name);

    /// <summary>What is wrong with a value, or null.</summary>
    public static string? Fault(string name, string? value) => Find(name) is { } config ? config.Fault(value) : $"unknown topic config {name}";

    /// <summary>A topic's value of a config: its own, else the broker's, else Kafka's default.</summary>
    public static string Effective(string name, IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> broker) =>
        own.TryGetValue(name, out var value) || broker.TryGetValue(name, out value) ? value : ByName[name].Default;

    /// <summary>Broker values of topic configs with those over them that were set while brokers run.</summary>
    /// <param name="defaults">By the topic config's name.</param>
    /// <param name="dynamic">By the broker config's name.</param>
    public static IReadOnlyDictionary<string, string> Overlaid(IReadOnlyDictionary<string, string> defaults, params IEnumerable<IReadOnlyDictionary<string, string>> dynamic)
    {
        var overlaid = new Dictionary<string, string>(defaults, StringComparer.Ordinal);
        foreach (var (name, value) in dynamic.SelectMany(configs => configs))
            overlaid[ByBrokerName[name].Name] = value;
        return overlaid;
    }

    /// <summary>What is wrong with values that are each accepted, or null.</summary>
    public static string? Conflict(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> broker)
    {
        long Number(string name) => long.Parse(Effective(name, own, broker), CultureInfo.InvariantCulture);
        return Number("min.compaction.lag.ms") > Number("max.compaction.lag.ms")
            ? $"min.compaction.lag.ms, {Number("min.compaction.lag.ms")}, is above max.compaction.lag.ms, {Number("max.compaction.lag.ms")}"
            : null;
    }

    private static TopicConfig Whole(string name, ConfigType type, string kafkaDefault, string broker, long min, long max, string documentation) =>
        new(name, type, kafkaDefault, broker, $"a whole number from {min} to {max}",
            value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max,
            documentation);

    private static TopicConfig Ratio(string name, string kafkaDefault, string broker, string documentation) =>
        new(name, ConfigType.Double, kafkaDefault, broker, "a number from 0 to 1",
            value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1,
            documentation);

    private static TopicConfig Flag(string name, string kafkaDefault, string? broker, string documentation) =>
        new(name, ConfigType.Boolean, kafkaDefault, broker, "true or false", value => bool.TryParse(value, out _), documentation);

    private static TopicConfig Choice(string name, string kafkaDefault, string broker, string[] choices, string documentation) =>
        new(name, ConfigType.String, kafkaDefault, broker, "one of " + string.Join(", ", choices), choices.Contains, documentation);

    private static TopicConfig Words(string name, string kafkaDefault, string broker, string[] words, string documentation) =>
        new(name, ConfigType.List, kafkaDefault, broker, "one or more of " + string.Join(", ", words),
            value => TopicConfig.Split(value) is { Length: > 0 } items && items.All(words.Contains), documentation);

    private static TopicConfig Replicas(string name, string documentation) =>
        new(name, ConfigType.List, "", null, "* or a list of partition:broker", value => value == "*" || TopicConfig.Split(value).All(IsReplica), documentation);

    private static bool IsReplica(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
