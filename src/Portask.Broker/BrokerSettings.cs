namespace Portask.Broker;

/// <summary>The broker's settings after configuration files, environment and flags are merged. Units stand in the names.</summary>
public sealed record BrokerSettings
{
    /// <summary>No broker id is configured: 1 in a cluster of one, else the registry's next one.</summary>
    public const int AutoNodeId = -1;

    /// <summary>Id in Metadata and in leader epochs; <see cref="AutoNodeId"/> until the registry has allotted one.</summary>
    public int NodeId { get; init; } = AutoNodeId;
    public string ClusterId { get; init; } = "portask";
    /// <summary>Where the node stands, for clients that prefer near ones; null is not told.</summary>
    public string? Rack { get; init; }
    /// <summary>Whether other nodes may share this cluster's journals.</summary>
    public bool IsClustered { get; init; }
    public string BindAddress { get; init; } = "127.0.0.1";
    /// <summary>TCP port, 0-65535; 0 takes a free one.</summary>
    public int Port { get; init; } = 9092;
    /// <summary>Host that Metadata names; null means the bind address.</summary>
    public string? AdvertisedHost { get; init; }
    /// <summary>Port that Metadata names; null means the bound port.</summary>
    public int? AdvertisedPort { get; init; }
    public string DataDirectory { get; init; } = "./data";
    public int NumPartitions { get; init; } = 1;
    public short DefaultReplicationFactor { get; init; } = 1;
    public int MinInsyncReplicas { get; init; } = 1;
    public bool AutoCreateTopicsEnable { get; init; } = true;
    public bool DeleteTopicEnable { get; init; } = true;
    public bool UncleanLeaderElectionEnable { get; init; }
    /// <summary>producer, uncompressed, gzip, snappy, lz4 or zstd.</summary>
    public string CompressionType { get; init; } = "producer";
    public string LogCleanupPolicy { get; init; } = "delete";
    public long LogRetentionMs { get; init; } = 7L * 24 * 3600 * 1000;
    /// <summary>-1 is no limit.</summary>
    public long LogRetentionBytes { get; init; } = -1;
    public int LogSegmentBytes { get; init; } = 1024 * 1024 * 1024;
    public int MessageMaxBytes { get; init; } = 1_048_588;
    public int SocketRequestMaxBytes { get; init; } = 100 * 1024 * 1024;
    /// <summary>-1 leaves the size to the operating system.</summary>
    public int SocketSendBufferBytes { get; init; } = -1;
    /// <summary>-1 leaves the size to the operating system.</summary>
    public int SocketReceiveBufferBytes { get; init; } = -1;
    /// <summary>Bytes of requests that are received or served at one time (Kafka's queued.max.request.bytes).</summary>
    public long QueuedMaxRequestBytes { get; init; } = 256 * 1024 * 1024;
    public int MaxConnections { get; init; } = 10_000;
    public int GroupMinSessionTimeoutMs { get; init; } = 6_000;
    public int GroupMaxSessionTimeoutMs { get; init; } = 1_800_000;
    public int GroupInitialRebalanceDelayMs { get; init; } = 3_000;
    public int GroupMaxSize { get; init; } = int.MaxValue;
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 3600 * 1000;
    public int OffsetMetadataMaxBytes { get; init; } = 4096;
    public int FetchMaxBytes { get; init; } = 55 * 1024 * 1024;
    /// <summary>Bytes of records that fetches have read and not yet sent.</summary>
    public long FetchMaxMemoryBytes { get; init; } = 256 * 1024 * 1024;
    public int MaxIncrementalFetchSessionCacheSlots { get; init; } = 1_000;
    public int TransactionMaxTimeoutMs { get; init; } = 900_000;
    public long TransactionalIdExpirationMs { get; init; } = 7L * 24 * 3600 * 1000;
    public long ProducerIdExpirationMs { get; init; } = 86_400_000;
    /// <summary>Bytes of recent batches that all partitions of the node together keep in memory.</summary>
    public int TailCacheBytes { get; init; } = 64 * 1024 * 1024;
    /// <summary>How often partitions look for records past their retention.</summary>
    public long RetentionCheckIntervalMs { get; init; } = 300_000;
    /// <summary>How long after a change a partition looks at whether compaction is due.</summary>
    public long LogCleanerBackoffMs { get; init; } = 15_000;
    /// <summary>Partitions that are compacted at one time.</summary>
    public int LogCleanerThreads { get; init; } = 1;
    /// <summary>Bytes of the map of keys of one compaction.</summary>
    public long LogCleanerDedupeBufferBytes { get; init; } = 64 * 1024 * 1024;
    /// <summary>log or sql; auto is sql in a cluster, else log.</summary>
    public string RecordsJournal { get; init; } = "auto";
}
