using Portask.Broker;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Http.Api;

/// <summary>Reads the records of one partition as a consumer does: from its leader, leaving out markers and what was aborted.</summary>
internal sealed class RecordScan(
    RunningBroker broker, PeerRouter peers, TopicMetadata topic, int partition, bool readCommitted, MessageFilter filter, MessageView view)
{
    private const int FetchBytes = 1024 * 1024;

    /// <summary>The partition.</summary>
    public int Partition => partition;

    /// <summary>The offset to go on at.</summary>
    public long Next { get; set; }

    /// <summary>Where the partition starts.</summary>
    public long Start { get; private set; }

    /// <summary>Where what may be read ends.</summary>
    public long End { get; private set; }

    /// <summary>Batches that could not be opened.</summary>
    public List<UnreadableBatch> Unreadable { get; } = [];

    /// <summary>Reads once, waiting for records for a while if there are none.</summary>
    /// <param name="take">Told each record that fits; false ends the reading before it.</param>
    /// <returns>Whether the end was reached.</returns>
    /// <exception cref="ApiException">The partition cannot be read at this offset.</exception>
    public async Task<bool> ReadAsync(TimeSpan wait, ScanBudget budget, Func<Message, bool> take, CancellationToken cancellation)
    {
        var read = await peers.ReadAsync(broker, topic, partition, Next, FetchBytes, wait, readCommitted, cancellation).ConfigureAwait(false);
        (Start, End) = (read.LogStartOffset, readCommitted ? read.LastStableOffset : read.HighWatermark);
        var aborted = new AbortedRecords(read.Aborted);
        foreach (var bytes in read.Batches)
        {
            var batch = new RecordBatch(bytes);
            budget.Scanned(bytes.Length);
            if (!aborted.Hides(batch) && !Take(batch, budget, take))
                return false;
            Next = Math.Max(Next, batch.NextOffset);
            if (budget.UsedUp is not null)
                return Next >= End;
        }
        return read.Batches.Count == 0 || Next >= End;
    }

    private bool Take(RecordBatch batch, ScanBudget budget, Func<Message, bool> take)
    {
        try
        {
            var reader = RecordReader.Open(batch, broker.Listener.MaxDecompressedBytes);
            while (reader.TryReadNext(out var record))
            {
                if (record.Offset < Next)
                    continue;
                budget.ScannedRecord();
                if (filter.Takes(record) && !take(view.Of(partition, batch, record)))
                    return false;
                Next = record.Offset + 1;
            }
        }
        catch (KafkaProtocolException malformed)
        {
            Unreadable.Add(new(partition, batch.BaseOffset, malformed.Message));
        }
        return true;
    }
}

/// <summary>Which batches a reader under read_committed does not see (KIP-98), and markers, which no reader sees.</summary>
internal sealed class AbortedRecords(IReadOnlyList<AbortedTransaction> aborted)
{
    private readonly HashSet<long> _open = [];
    private int _next;

    /// <summary>Whether a batch is left out. Asked in the order of the log.</summary>
    public bool Hides(RecordBatch batch)
    {
        while (_next < aborted.Count && aborted[_next].FirstOffset <= batch.LastOffset)
            _open.Add(aborted[_next++].ProducerId);
        if (!batch.IsControl)
            return batch.IsTransactional && _open.Contains(batch.ProducerId);
        // What comes of the producer behind its marker is of another transaction.
        _open.Remove(batch.ProducerId);
        return true;
    }
}
