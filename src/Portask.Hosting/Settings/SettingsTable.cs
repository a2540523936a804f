using System.Globalization;

namespace Portask.Hosting.Settings;

/// <summary>Every setting under <c>portask</c>. What is not here is refused by name.</summary>
internal static class SettingsTable
{
    internal static readonly string[] CompressionTypes = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];

    public static readonly IReadOnlyList<Setting> All =
    [
        Setting.Text("portask.broker-id", "a whole number from 0 to 2147483647, or auto", (o, v) =>
            v == "auto" ? o with { Broker = o.Broker with { NodeId = Portask.Broker.BrokerSettings.AutoNodeId } }
            : int.TryParse(v, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id)
                ? o with { Broker = o.Broker with { NodeId = id } }
                : null),
        Setting.Text("portask.rack", "a name", (o, v) => o with { Broker = o.Broker with { Rack = v.Length == 0 ? null : v } }),
        Setting.Text("portask.cluster-id", "a name of 1 to 64 characters", (o, v) =>
            v.Length is > 0 and <= 64 ? o with { Broker = o.Broker with { ClusterId = v } } : null),
        Setting.Text("portask.data-directory", "a folder", (o, v) =>
            v.Length > 0 ? o with { Broker = o.Broker with { DataDirectory = v } } : null),

        Setting.Integer("portask.cluster.port", 0, 65535, (o, v) => Cluster(o, c => c with { Port = (int)v })),
        Setting.Text("portask.cluster.host", "an address that the other nodes reach", (o, v) =>
            v.Length > 0 ? Cluster(o, c => c with { Host = v }) : null),
        Setting.Text("portask.cluster.seeds", "a list of HOST:PORT", (o, v) =>
            Seeds(v) is { } seeds ? Cluster(o, c => c with { Seeds = seeds }) : null),
        Setting.Choice("portask.cluster.split-brain", ["auto", "keep-majority", "lease-majority"], (o, v) => Cluster(o, c => c with { SplitBrain = v })),

        Setting.Text("portask.listener.bind", "an IP address, or localhost", (o, v) =>
            v == "localhost" || System.Net.IPAddress.TryParse(v, out _)
                ? o with { Broker = o.Broker with { BindAddress = v == "localhost" ? "127.0.0.1" : v } }
                : null),
        Setting.Integer("portask.listener.port", 0, 65535, (o, v) => o with { Broker = o.Broker with { Port = (int)v } }),
        Setting.Text("portask.listener.advertised-host", "a host name", (o, v) =>
            o with { Broker = o.Broker with { AdvertisedHost = v.Length == 0 ? null : v } }),
        Setting.Integer("portask.listener.advertised-port", 0, 65535, (o, v) =>
            o with { Broker = o.Broker with { AdvertisedPort = v == 0 ? null : (int)v } }),
        Setting.Integer("portask.listener.send-buffer-bytes", -1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { SocketSendBufferBytes = (int)v } }),
        Setting.Integer("portask.listener.receive-buffer-bytes", -1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { SocketReceiveBufferBytes = (int)v } }),
        Setting.Integer("portask.listener.request-max-bytes", 1024, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { SocketRequestMaxBytes = (int)v } }),
        Setting.Integer("portask.listener.queued-max-request-bytes", 1024 * 1024, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { QueuedMaxRequestBytes = v } }),
        Setting.Integer("portask.listener.max-connections", 1, 1_000_000, (o, v) =>
            o with { Broker = o.Broker with { MaxConnections = (int)v } }),
        Setting.Integer("portask.listener.network-threads", 0, 1024, (o, v) => o with { NetworkThreads = (int)v }),
        Setting.Integer("portask.listener.io-threads", 0, 1024, (o, v) => o with { IoThreads = (int)v }),

        Setting.Text("portask.http.port", "a whole number from 0 to 65535, or off", HttpPort),
        Setting.Text("portask.http.bind", "an IP address, or localhost", (o, v) =>
            v == "localhost" || System.Net.IPAddress.TryParse(v, out _)
                ? o with { Http = o.Http with { BindAddress = v == "localhost" ? "127.0.0.1" : v } }
                : null),
        Setting.Text("portask.http.allowed-hosts", "a list of host names", AllowedHosts),
        Setting.Flag("portask.http.read-only", (o, v) => o with { Http = o.Http with { ReadOnly = v } }),
        Setting.Flag("portask.http.hide-messages", (o, v) => o with { Http = o.Http with { HideMessages = v } }),
        Setting.Flag("portask.http.partition-metrics", (o, v) => o with { Http = o.Http with { PartitionMetrics = v } }),

        Setting.Integer("portask.topics.num-partitions", 1, 10_000, (o, v) => o with { Broker = o.Broker with { NumPartitions = (int)v } }),
        Setting.Integer("portask.topics.default-replication-factor", 1, short.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { DefaultReplicationFactor = (short)v } }),
        Setting.Integer("portask.topics.min-insync-replicas", 1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { MinInsyncReplicas = (int)v } }),
        Setting.Flag("portask.topics.unclean-leader-election-enable", (o, v) =>
            o with { Broker = o.Broker with { UncleanLeaderElectionEnable = v } }),
        Setting.Flag("portask.topics.auto-create-topics-enable", (o, v) => o with { Broker = o.Broker with { AutoCreateTopicsEnable = v } }),
        Setting.Flag("portask.topics.delete-topic-enable", (o, v) => o with { Broker = o.Broker with { DeleteTopicEnable = v } }),
        Setting.Choice("portask.topics.compression-type", CompressionTypes, (o, v) => o with { Broker = o.Broker with { CompressionType = v } }),
        Setting.Integer("portask.topics.message-max-bytes", 1024, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { MessageMaxBytes = (int)v } }),
        Setting.Integer("portask.topics.log-retention-ms", -1, long.MaxValue, (o, v) => o with { Broker = o.Broker with { LogRetentionMs = v } }),
        Setting.Integer("portask.topics.log-retention-bytes", -1, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { LogRetentionBytes = v } }),
        Setting.Integer("portask.topics.log-segment-bytes", 1024 * 1024, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { LogSegmentBytes = (int)v } }),
        Setting.Text("portask.topics.log-cleanup-policy", "delete, compact or \"compact,delete\"", (o, v) =>
            v.Split(',', StringSplitOptions.TrimEntries) is { Length: > 0 } parts && parts.All(part => part is "delete" or "compact")
                ? o with { Broker = o.Broker with { LogCleanupPolicy = v } }
                : null),

        Setting.Integer("portask.groups.min-session-timeout-ms", 1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { GroupMinSessionTimeoutMs = (int)v } }),
        Setting.Integer("portask.groups.max-session-timeout-ms", 1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { GroupMaxSessionTimeoutMs = (int)v } }),
        Setting.Integer("portask.groups.initial-rebalance-delay-ms", 0, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { GroupInitialRebalanceDelayMs = (int)v } }),
        Setting.Integer("portask.groups.max-size", 1, int.MaxValue, (o, v) => o with { Broker = o.Broker with { GroupMaxSize = (int)v } }),
        Setting.Integer("portask.groups.offsets-retention-ms", 1, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { OffsetsRetentionMs = v } }),
        Setting.Integer("portask.groups.offset-metadata-max-bytes", 0, 1024 * 1024, (o, v) =>
            o with { Broker = o.Broker with { OffsetMetadataMaxBytes = (int)v } }),

        Setting.Integer("portask.fetch.max-bytes", 1024, int.MaxValue, (o, v) => o with { Broker = o.Broker with { FetchMaxBytes = (int)v } }),
        Setting.Integer("portask.fetch.max-memory-bytes", 1024 * 1024, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { FetchMaxMemoryBytes = v } }),
        Setting.Integer("portask.fetch.max-session-slots", 0, 1_000_000, (o, v) =>
            o with { Broker = o.Broker with { MaxIncrementalFetchSessionCacheSlots = (int)v } }),
        Setting.Integer("portask.transactions.max-timeout-ms", 1, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { TransactionMaxTimeoutMs = (int)v } }),
        Setting.Integer("portask.transactions.id-expiration-ms", 1, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { TransactionalIdExpirationMs = v } }),
        Setting.Integer("portask.producers.id-expiration-ms", 1, long.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { ProducerIdExpirationMs = v } }),

        Setting.Choice("portask.records.journal", ["auto", "log", "sql"], (o, v) => o with { Broker = o.Broker with { RecordsJournal = v } }),
        Setting.Text("portask.records.sql.databases", "a list of PostgreSQL connection strings", (o, v) => o with
        {
            RecordsDatabases = Databases(v),
        }),
        Setting.Integer("portask.records.tail-cache-bytes", 0, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { TailCacheBytes = (int)v } }),
        Setting.Span("portask.history.retention", (o, v) => o with { HistoryRetention = v }),
        Setting.Integer("portask.history.max-bytes", 64 * 1024, long.MaxValue, (o, v) => o with { HistoryMaxBytes = v }),

        Setting.Choice("portask.journal.sql.provider", ["auto", "Sqlite", "PostgreSQL", "SqlServer"], (o, v) => o with { SqlProvider = v }),
        Setting.Text("portask.journal.sql.connection-string", "an ADO.NET connection string", (o, v) => o with { SqlConnectionString = v }),

        Setting.Choice("portask.log.level", ["error", "warning", "info", "debug"], (o, v) => o with { LogLevel = v }),
        Setting.Choice("portask.log.fsync", ["group", "os"], (o, v) => o with { Fsync = v }),
        Setting.Integer("portask.log.fsync-window-ms", 0, 1000, (o, v) => o with { FsyncWindowMs = (int)v }),
        Setting.Integer("portask.log.cleaner.backoff-ms", 10, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { LogCleanerBackoffMs = v } }),
        Setting.Integer("portask.log.cleaner.threads", 1, 64, (o, v) => o with { Broker = o.Broker with { LogCleanerThreads = (int)v } }),
        Setting.Integer("portask.log.cleaner.dedupe-buffer-bytes", 64 * 1024, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { LogCleanerDedupeBufferBytes = v } }),
        Setting.Integer("portask.log.retention-check-interval-ms", 10, int.MaxValue, (o, v) =>
            o with { Broker = o.Broker with { RetentionCheckIntervalMs = v } }),
    ];

    private static NodeOptions? AllowedHosts(NodeOptions options, string text)
    {
        var hosts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return hosts.All(host => Uri.CheckHostName(host) == UriHostNameType.Dns) ? options with { Http = options.Http with { AllowedHosts = hosts } } : null;
    }

    private static NodeOptions? HttpPort(NodeOptions options, string text)
    {
        if (text is "off" or "false")
            return options with { Http = options.Http with { Port = null } };
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? options with { Http = options.Http with { Port = port } }
            : null;
    }

    private static NodeOptions Cluster(NodeOptions options, Func<ClusterOptions, ClusterOptions> change) =>
        options with { Cluster = change(options.Cluster ?? new ClusterOptions()) };

    // Several hosts of one database are separated by commas as well, in the value of Host: what has no keyword goes on with it.
    private static List<string> Databases(string text)
    {
        var databases = new List<string>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (databases.Count == 0 || part.Split(';')[0].Contains('=', StringComparison.Ordinal))
                databases.Add(part);
            else
                databases[^1] += "," + part;
        }
        return databases;
    }

    private static string[]? Seeds(string text)
    {
        var seeds = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return seeds.All(IsAddress) ? seeds : null;
    }

    private static bool IsAddress(string seed)
    {
        var colon = seed.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(seed.AsSpan(colon + 1), out var port) && port > 0;
    }
}
