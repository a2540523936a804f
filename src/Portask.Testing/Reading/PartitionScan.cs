using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Network;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Testing.Reading;

/// <summary>Reads a partition whole, with what was aborted and what is still open.</summary>
internal static class PartitionScan
{
    private const int FetchBytes = 8 * 1024 * 1024;

    /// <summary>The reading side of a partition, which is started if it does not run: after a restart nobody may have asked for it yet.</summary>
    /// <exception cref="EmbeddedBrokerException">There is no such partition, or it does not start.</exception>
    public static async Task<PartitionReader> ReaderAsync(RunningBroker broker, TopicMetadata topic, int partition)
    {
        if (partition < 0 || partition >= topic.PartitionCount)
            throw new EmbeddedBrokerException($"{topic.Name} has {topic.PartitionCount} partitions and no partition {partition}");
        if (broker.Node.Partitions.Find(topic.Id, partition) is { } running)
            return running;
        using var memory = broker.Listener.OpenMemory();
        await broker.Node.Fetcher.FetchAsync([new(new FetchKey(topic.Id, "", partition))], default, memory, CancellationToken.None).ConfigureAwait(false);
        return broker.Node.Partitions.Find(topic.Id, partition)
            ?? throw new EmbeddedBrokerException($"{topic.Name}-{partition} has not started");
    }

    /// <summary>The records that are there now, in order.</summary>
    /// <exception cref="EmbeddedBrokerException">The partition cannot be read.</exception>
    public static async Task<List<ProducedRecord>> ReadAsync(RunningBroker broker, TopicMetadata topic, int partition)
    {
        var records = new List<ProducedRecord>();
        // Of each producer, the places of records whose transaction has no marker yet.
        var open = new Dictionary<long, List<int>>();
        var (next, stable) = ((await ReaderAsync(broker, topic, partition).ConfigureAwait(false)).LogStartOffset, -1L);
        while (true)
        {
            using var memory = broker.Listener.OpenMemory();
            var read = await FetchAsync(broker, topic, partition, next, memory).ConfigureAwait(false);
            if (read.Error == ErrorCode.OffsetOutOfRange)
            {
                // Retention was faster; what it took is no record of this topic any more.
                (records, open) = ([], []);
                next = (await ReaderAsync(broker, topic, partition).ConfigureAwait(false)).LogStartOffset;
                continue;
            }
            stable = read.LastStableOffset;
            foreach (var bytes in read.Batches)
            {
                var batch = new RecordBatch(bytes);
                Take(batch, topic.Name, partition, Math.Max(next, read.LogStartOffset), broker.Listener.MaxDecompressedBytes, records, open);
                next = batch.NextOffset;
            }
            if (read.Batches.Count == 0 || next >= read.HighWatermark)
                break;
        }
        // A marker goes with compaction when the records it decided are long settled.
        foreach (var place in open.Values.SelectMany(places => places).Where(place => records[place].Offset < stable))
            records[place] = records[place] with { Transaction = TransactionOutcome.Committed };
        return records;
    }

    private static async Task<FetchRead> FetchAsync(
        RunningBroker broker, TopicMetadata topic, int partition, long next, ConnectionMemory memory)
    {
        var terms = new FetchTerms(0, FetchBytes, TimeSpan.Zero, ReadCommitted: false);
        var target = new FetchTarget(new FetchKey(topic.Id, "", partition)) { FetchOffset = next, MaxBytes = FetchBytes };
        var read = (await broker.Node.Fetcher.FetchAsync([target], terms, memory, CancellationToken.None).ConfigureAwait(false))[0];
        if (read.Error is not (ErrorCode.None or ErrorCode.OffsetOutOfRange))
            throw new EmbeddedBrokerException($"{topic.Name}-{partition} cannot be read at offset {next}: {read.Error}");
        return read;
    }

    private static void Take(
        RecordBatch batch, string topic, int partition, long from, int maxBytes, List<ProducedRecord> records, Dictionary<long, List<int>> open)
    {
        if (batch.IsControl)
        {
            if (open.Remove(batch.ProducerId, out var decided))
                Decide(records, decided, TransactionMarker.Of(batch).Commits ? TransactionOutcome.Committed : TransactionOutcome.Aborted);
            return;
        }
        var reader = RecordReader.Open(batch, maxBytes);
        while (reader.TryReadNext(out var record))
        {
            if (record.Offset < from)
                continue;
            if (batch.IsTransactional)
            {
                if (!open.TryGetValue(batch.ProducerId, out var places))
                    open[batch.ProducerId] = places = [];
                places.Add(records.Count);
            }
            records.Add(Of(batch, record, topic, partition));
        }
    }

    private static void Decide(List<ProducedRecord> records, List<int> places, TransactionOutcome outcome)
    {
        foreach (var place in places)
            records[place] = records[place] with { Transaction = outcome };
    }

    private static ProducedRecord Of(RecordBatch batch, KafkaRecord record, string topic, int partition) => new()
    {
        Topic = topic,
        Partition = partition,
        Offset = record.Offset,
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp),
        KeyBytes = record.Key?.ToArray(),
        ValueBytes = record.Value?.ToArray(),
        Headers = [.. record.ReadHeaders().Select(header => KeyValuePair.Create(header.Key, header.Value?.ToArray()))],
        ProducerId = batch.ProducerId,
        ProducerEpoch = batch.ProducerEpoch,
        Transaction = batch.IsTransactional ? TransactionOutcome.Open : TransactionOutcome.None,
    };
}
