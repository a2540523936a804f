using System.Text;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Testing.Reading;

namespace Portask.Testing;

/// <summary>A topic as a test looks at it: from inside the broker, past pauses and faults.</summary>
public sealed class TopicView
{
    private readonly EmbeddedBroker _broker;

    internal TopicView(EmbeddedBroker broker, string name) => (_broker, Name) = (broker, name);

    /// <summary>The topic's name.</summary>
    public string Name { get; }

    /// <summary>Whether there is such a topic.</summary>
    public bool Exists => _broker.Running.Node.Metadata.Find(Name) is not null;

    /// <summary>How many partitions it has.</summary>
    /// <exception cref="EmbeddedBrokerException">There is no such topic.</exception>
    public int PartitionCount => Metadata.PartitionCount;

    /// <summary>
    /// The records that are there now, in every partition in order. What was aborted and what is still open are among them, and say so.
    /// Waits for the reading; <see cref="ReadAsync"/> does not block.
    /// </summary>
    /// <exception cref="EmbeddedBrokerException">There is no such topic.</exception>
    public IReadOnlyList<ProducedRecord> Records => Task.Run(ReadAsync).GetAwaiter().GetResult();

    /// <summary>The records that are there now, in every partition in order.</summary>
    /// <exception cref="EmbeddedBrokerException">There is no such topic.</exception>
    public async Task<IReadOnlyList<ProducedRecord>> ReadAsync()
    {
        var topic = Metadata;
        var records = new List<ProducedRecord>();
        for (var partition = 0; partition < topic.PartitionCount; partition++)
            records.AddRange(await PartitionScan.ReadAsync(_broker.Running, topic, partition).ConfigureAwait(false));
        return records;
    }

    /// <summary>The offset of the first record of a partition that may be read.</summary>
    public long StartOffset(int partition) => Reader(partition).LogStartOffset;

    /// <summary>The offset after the last record of a partition.</summary>
    public long EndOffset(int partition) => Reader(partition).HighWatermark;

    /// <summary>The epoch of a partition's leader; it grows with each move.</summary>
    public int LeaderEpoch(int partition) => Reader(partition).Epochs.Latest;

    /// <summary>
    /// Moves a partition's leader: there is a new epoch, and a client that was here before gets NOT_LEADER_OR_FOLLOWER until it asks for
    /// metadata again, as it would from a broker that has lost the partition. Clients are told apart by their client ids.
    /// </summary>
    /// <exception cref="EmbeddedBrokerException">There is no such partition.</exception>
    public Task MoveLeaderAsync(int partition = 0) => _broker.MoveLeaderAsync(Metadata, partition);

    /// <summary>How many offsets all partitions hold: no fewer than there are records.</summary>
    internal async Task<long> LengthAsync()
    {
        var length = 0L;
        for (var partition = 0; partition < Metadata.PartitionCount; partition++)
        {
            var reader = await PartitionScan.ReaderAsync(_broker.Running, Metadata, partition).ConfigureAwait(false);
            length += reader.HighWatermark - reader.LogStartOffset;
        }
        return length;
    }

    internal TopicMetadata Metadata => _broker.Running.Node.Metadata.Find(Name)
        ?? throw new EmbeddedBrokerException(
            $"there is no topic {Name}; there are {string.Join(", ", _broker.Running.Node.Metadata.Topics.Select(topic => topic.Name).Order(StringComparer.Ordinal))}");

    private PartitionReader Reader(int partition) =>
        Task.Run(() => PartitionScan.ReaderAsync(_broker.Running, Metadata, partition)).GetAwaiter().GetResult();

    internal static string Describe(IReadOnlyList<ProducedRecord> records)
    {
        const int Most = 20;
        if (records.Count == 0)
            return "there are none";
        var text = new StringBuilder($"there are {records.Count}:");
        foreach (var record in records.Take(Most))
            text.Append("\n  ").Append(record);
        return records.Count > Most ? text.Append($"\n  and {records.Count - Most} more").ToString() : text.ToString();
    }
}
