using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Testing.Reading;

/// <summary>Reads a partition whole, with what was aborted and what is still open.</summary>
internal static class PartitionScan
{
    private const int FetchBytes = 8 * 1024 * 1024;

    /// <summary>The records that are there now, in order.</summary>
    /// <exception cref="EmbeddedBrokerException">The partition cannot be read.</exception>
    public static async Task<List<ProducedRecord>> ReadAsync(RunningBroker broker, TopicMetadata topic, int partition)
    {
        var records = new List<ProducedRecord>();
        // Of each producer, the places of records whose transaction has no marker yet.
        var open = new Dictionary<long, List<int>>();
        var (next, stable) = (-1L, -1L);
        while (true)
        {
            using var memory = broker.Listener.OpenMemory();
            var read = await FetchAsync(broker, topic, partition, next, memory).ConfigureAwait(false);
            if (next < 0 && read.Error == ErrorCode.OffsetOutOfRange)
                throw new EmbeddedBrokerException($"{topic.Name}-{partition} moved its log start while it was read");
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
        RunningBroker broker, TopicMetadata topic, int partition, long next, Broker.Network.ConnectionMemory memory)
    {
        var terms = new FetchTerms(0, FetchBytes, TimeSpan.Zero, ReadCommitted: false);
        var from = next >= 0 ? next : broker.Node.Partitions.Find(topic.Id, partition)?.LogStartOffset ?? 0;
        var target = new FetchTarget(new FetchKey(topic.Id, "", partition)) { FetchOffset = from, MaxBytes = FetchBytes };
        var read = (await broker.Node.Fetcher.FetchAsync([target], terms, memory, CancellationToken.None).ConfigureAwait(false))[0];
        if (read.Error != ErrorCode.None)
            throw new EmbeddedBrokerException($"{topic.Name}-{partition} cannot be read at offset {from}: {read.Error}");
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
