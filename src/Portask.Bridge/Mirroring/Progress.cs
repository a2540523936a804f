using System.Text.Json;
using Confluent.Kafka;
using Portask.Bridge.Connections;

namespace Portask.Bridge.Mirroring;

/// <summary>How far each partition of a topic was copied, and where its records went.</summary>
internal sealed class Progress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<int, PartitionProgress> _partitions = [];

    /// <summary>The topic that the copy is in; null where nothing was copied.</summary>
    public string? Target { get; private set; }

    public PartitionProgress? this[int partition] => _partitions.GetValueOrDefault(partition);

    public IReadOnlyCollection<int> Partitions => _partitions.Keys;

    /// <summary>Makes sure that the target has the topic that progress is kept in.</summary>
    public static Task EnsureTopicAsync(Cluster target, short replicationFactor) => target.EnsureTopicAsync(
        TopicNames.Progress, 1, replicationFactor, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });

    /// <summary>Reads what the target knows of the copy of one topic. Open transactions of others are waited for.</summary>
    public static Progress Load(Cluster target, string sourceName, string topic, CancellationToken stop)
    {
        var progress = new Progress();
        var config = new ConsumerConfig
        {
            GroupId = "portask-bridge",
            ClientId = "portask-bridge",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        using var consumer = target.Consumer(config).Build();
        var partition = new TopicPartition(TopicNames.Progress, 0);
        // To the end as it is now and no further: another topic's copy may write all the time.
        var end = consumer.QueryWatermarkOffsets(partition, Patience).High.Value;
        consumer.Assign(new TopicPartitionOffset(partition, Offset.Beginning));
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var result = consumer.Consume(TimeSpan.FromMilliseconds(200));
            if (result is { IsPartitionEOF: false })
                progress.Take(result.Message, sourceName, topic);
            if (result is { IsPartitionEOF: true } || consumer.Position(partition).Value >= end)
                return progress;
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"{TopicNames.Progress} could not be read to its end within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>The same where it may be that there was never a copy; null then.</summary>
    public static async Task<Progress?> FindAsync(Cluster target, string sourceName, string topic, CancellationToken stop) =>
        await target.PartitionsAsync(TopicNames.Progress) is null ? null : await Task.Run(() => Load(target, sourceName, topic, stop), stop);

    private void Take(Message<byte[]?, byte[]?> message, string sourceName, string topic)
    {
        if (message is not { Key: not null, Value: not null })
            return;
        var key = JsonSerializer.Deserialize(message.Key, ProgressJson.Default.ProgressKey)!;
        if (key.Cluster != sourceName || key.Topic != topic)
            return;
        var entry = JsonSerializer.Deserialize(message.Value, ProgressJson.Default.ProgressEntry)!;
        Target = entry.Target;
        if (!_partitions.TryGetValue(key.Partition, out var partition))
            _partitions.Add(key.Partition, partition = new PartitionProgress());
        partition.Take(entry);
    }
}

/// <summary>The same of one partition.</summary>
internal sealed class PartitionProgress
{
    /// <summary>The offset to read next.</summary>
    public long Next { get; private set; }

    /// <summary>The number of the newest run; -1 before the first.</summary>
    public long LastRun { get; private set; } = -1;

    /// <summary>Where the records went.</summary>
    public OffsetMap Map { get; } = new();

    /// <summary>Whether every run is in the map, from the first on.</summary>
    public bool IsWhole => LastRun < ProgressEntry.CoarseEvery;

    public void Take(ProgressEntry entry)
    {
        Next = entry.Next;
        LastRun = Math.Max(LastRun, entry.Run);
        if (entry.Count > 0)
            Map.Add(new OffsetRun(entry.SourceOffset, entry.TargetOffset, entry.Count));
    }
}
