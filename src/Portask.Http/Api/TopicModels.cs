using Portask.Broker.Metrics;

namespace Portask.Http.Api;

/// <summary>What goes in and out a second, as the last ten seconds had it.</summary>
public sealed record Traffic(double RecordsIn, double BytesIn, double RecordsOut, double BytesOut)
{
    public static readonly Traffic None = new(0, 0, 0, 0);

    public static Traffic operator +(Traffic one, Traffic other) =>
        new(one.RecordsIn + other.RecordsIn, one.BytesIn + other.BytesIn, one.RecordsOut + other.RecordsOut, one.BytesOut + other.BytesOut);

    /// <summary>What was counted in a time.</summary>
    internal static Traffic Between(TopicCounts before, TopicCounts now, double seconds) => now == before ? None : new(
        (now.RecordsIn - before.RecordsIn) / seconds, (now.BytesIn - before.BytesIn) / seconds,
        (now.RecordsOut - before.RecordsOut) / seconds, (now.BytesOut - before.BytesOut) / seconds);
}

/// <summary>A topic, as all that lead its partitions tell it.</summary>
/// <param name="SizeBytes">Bytes of all batches.</param>
/// <param name="Records">Offsets from start to end; compaction and markers leave fewer records.</param>
/// <param name="NotRunning">Partitions that are missing in these numbers.</param>
public sealed record TopicSummary(
    string Name, Guid Id, int Partitions, int ReplicationFactor, string CleanupPolicy, long SizeBytes, long Records, int NotRunning, Traffic PerSecond);

/// <summary>A part of the list of topics.</summary>
/// <param name="Unread">Brokers that did not answer: sizes and records of what they lead are as they last told them, and their traffic is missing.</param>
public sealed record TopicPage(int Total, int Offset, int Limit, IReadOnlyList<int> Unread, IReadOnlyList<TopicSummary> Topics);

/// <summary>A group that has offsets of a topic.</summary>
/// <param name="Lag">Records that it has not read; null when an end is not known.</param>
public sealed record TopicConsumer(string Group, string State, int Members, long? Lag);

/// <summary>A topic with who reads it.</summary>
/// <param name="Unread">Brokers that did not answer: sizes and records of what they lead are as they last told them, and their traffic is missing.</param>
public sealed record TopicDetail(TopicSummary Topic, IReadOnlyList<TopicConsumer> Consumers, IReadOnlyList<int> Unread);

/// <summary>A partition. Offsets and size are null when nobody leads it or its leader does not answer.</summary>
/// <param name="Error">Why it has no leader, else null.</param>
public sealed record PartitionDetail(
    int Partition, int Leader, int LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas, string? Error,
    long? StartOffset, long? EndOffset, long? LastStableOffset, long? SizeBytes);

/// <summary>A part of the list of partitions.</summary>
public sealed record PartitionPage(int Total, int Offset, int Limit, IReadOnlyList<PartitionDetail> Partitions);

/// <summary>A place where a config may be set.</summary>
public sealed record ConfigPlace(string Name, string? Value, string Source);

/// <summary>A config with the value in force.</summary>
/// <param name="Source">topic, broker or default.</param>
public sealed record ConfigDetail(
    string Name, string? Value, string Type, string Source, bool IsReadOnly, bool IsSensitive, string? Documentation, IReadOnlyList<ConfigPlace> Places);

/// <summary>The configs of a topic.</summary>
public sealed record ConfigList(string Topic, IReadOnlyList<ConfigDetail> Configs);

/// <summary>A topic to be made. What is left out is the broker's default.</summary>
public sealed record NewTopic(
    string Name, int? Partitions = null, short? ReplicationFactor = null, Dictionary<string, string?>? Configs = null, bool ValidateOnly = false);

/// <summary>A topic that was made, or would have been.</summary>
public sealed record CreatedTopic(string Name, Guid Id, int Partitions, int ReplicationFactor);

/// <summary>Changes of configs: values to set, and names that go back to their defaults.</summary>
public sealed record ConfigChanges(Dictionary<string, string>? Set = null, IReadOnlyList<string>? Delete = null, bool ValidateOnly = false);

/// <summary>The number of partitions that a topic is raised to.</summary>
public sealed record PartitionCount(int Count, bool ValidateOnly = false);
