using Portask.Broker.Partitions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Broker.Fetching;

/// <summary>An offset with the time and the epoch of its record; -1 where there is none.</summary>
public readonly record struct FoundOffset(long Offset, long Timestamp, int LeaderEpoch)
{
    /// <summary>No record is that new.</summary>
    public static readonly FoundOffset None = new(-1, -1, -1);
}

/// <summary>Finds offsets by time, to the record (ListOffsets).</summary>
/// <param name="maxDecompressedBytes">Cap of what one batch may grow to when it is opened.</param>
public sealed class OffsetLookup(int maxDecompressedBytes)
{
    /// <summary>The end of what may be read.</summary>
    public const long Latest = -1;

    /// <summary>The log start offset.</summary>
    public const long Earliest = -2;

    /// <summary>The record with the latest time (KIP-734).</summary>
    public const long MaxTimestamp = -3;

    /// <summary>The first record on local disk, which all records are on (KIP-405).</summary>
    public const long EarliestLocal = -4;

    /// <summary>The last record in tiered storage, of which there is none (KIP-1005).</summary>
    public const long LatestTiered = -5;

    /// <summary>The first record that waits for tiered storage (KIP-1023).</summary>
    public const long EarliestPendingUpload = -6;

    private const int ReadBytes = 1024 * 1024;

    /// <summary>The offset that a timestamp of ListOffsets stands for.</summary>
    /// <param name="timestamp">Milliseconds since the Unix epoch, or one of the constants.</param>
    /// <exception cref="KafkaProtocolException">A stored batch cannot be opened.</exception>
    public async ValueTask<FoundOffset> FindAsync(PartitionReader partition, long timestamp, bool readCommitted, CancellationToken cancellation)
    {
        var epochs = partition.Epochs;
        var (start, end) = (partition.LogStartOffset, readCommitted ? partition.LastStableOffset : partition.HighWatermark);
        return timestamp switch
        {
            Latest => new(end, -1, epochs.Latest),
            Earliest or EarliestLocal => new(start, -1, epochs.EpochOf(start)),
            MaxTimestamp => await MaxTimestampAsync(partition, end, cancellation).ConfigureAwait(false),
            LatestTiered or EarliestPendingUpload => FoundOffset.None,
            _ => await AtAsync(partition, timestamp, end, cancellation).ConfigureAwait(false),
        };
    }

    private async ValueTask<FoundOffset> AtAsync(PartitionReader partition, long timestamp, long end, CancellationToken cancellation)
    {
        if (partition.FirstNotBefore(timestamp) is not { } stretch)
            return FoundOffset.None;
        var start = partition.LogStartOffset;
        for (var from = Math.Max(stretch.Offset, start); from < end;)
        {
            var batches = await partition.ReadAsync(from, new ReadLimit(end, ReadBytes, true), cancellation).ConfigureAwait(false);
            foreach (var bytes in batches)
            {
                var batch = new RecordBatch(bytes);
                from = batch.NextOffset;
                if (First(batch, timestamp, start) is { } found)
                    return found with { LeaderEpoch = partition.Epochs.EpochOf(found.Offset) };
            }
            if (batches.Count == 0)
                break;
        }
        return FoundOffset.None;
    }

    private FoundOffset? First(RecordBatch batch, long timestamp, long start)
    {
        if (batch.MaxTimestamp >= 0 && batch.MaxTimestamp < timestamp)
            return null;
        if (batch.BaseOffset >= start)
        {
            return RecordLookup.OffsetForTimestamp(batch, timestamp, maxDecompressedBytes, out var time) is { } offset
                ? new FoundOffset(offset, time, -1)
                : null;
        }
        // Only the batch that the log start lies in has records that are gone.
        var reader = RecordReader.Open(batch, maxDecompressedBytes);
        while (reader.TryReadNext(out var record))
            if (record.Offset >= start && record.Timestamp >= timestamp)
                return new FoundOffset(record.Offset, record.Timestamp, -1);
        return null;
    }

    private FoundOffset LatestIn(RecordBatch batch, long start)
    {
        if (batch.BaseOffset >= start)
        {
            return RecordLookup.OffsetOfMaxTimestamp(batch, maxDecompressedBytes, out var time) is { } offset
                ? new FoundOffset(offset, time, -1)
                : FoundOffset.None;
        }
        var found = FoundOffset.None;
        var reader = RecordReader.Open(batch, maxDecompressedBytes);
        while (reader.TryReadNext(out var record))
            if (record.Offset >= start && record.Timestamp > found.Timestamp)
                found = new FoundOffset(record.Offset, record.Timestamp, -1);
        return found;
    }

    // What a stretch is said to have may be gone: the crash of a node after compaction leaves the stretches of before it. So the
    // next stretch is read too, until none is said to have a later time than was found.
    private async ValueTask<FoundOffset> MaxTimestampAsync(PartitionReader partition, long end, CancellationToken cancellation)
    {
        var found = FoundOffset.None;
        foreach (var stretch in partition.LatestFirst())
        {
            if (stretch.MaxTimestamp < found.Timestamp)
                break;
            if (stretch.MaxTimestamp > found.Timestamp || stretch.Offset < found.Offset)
                found = await MaxTimestampAsync(partition, stretch, found, end, cancellation).ConfigureAwait(false);
        }
        return found;
    }

    private async ValueTask<FoundOffset> MaxTimestampAsync(
        PartitionReader partition, IndexPoint stretch, FoundOffset found, long end, CancellationToken cancellation)
    {
        var readBytes = 0L;
        for (var from = Math.Max(stretch.Offset, partition.LogStartOffset); from < end && readBytes < stretch.Bytes;)
        {
            var batches = await partition.ReadAsync(from, new ReadLimit(end, ReadBytes, true), cancellation).ConfigureAwait(false);
            foreach (var bytes in batches)
            {
                var batch = new RecordBatch(bytes);
                from = batch.NextOffset;
                readBytes += batch.Length;
                if (batch.MaxTimestamp >= 0 && batch.MaxTimestamp < found.Timestamp)
                    continue;
                var latest = LatestIn(batch, partition.LogStartOffset);
                if (latest.Timestamp > found.Timestamp || (latest.Timestamp == found.Timestamp && latest.Offset < found.Offset))
                    found = latest with { LeaderEpoch = partition.Epochs.EpochOf(latest.Offset) };
            }
            if (batches.Count == 0)
                break;
        }
        return found;
    }
}
