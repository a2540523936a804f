using System.Diagnostics;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Broker.Fetching;

/// <summary>What one partition of a fetch has to say.</summary>
public sealed class FetchRead(FetchTarget target)
{
    private static readonly List<ReadOnlyMemory<byte>> Nothing = [];

    private long _took;

    public FetchTarget Target => target;

    public ErrorCode Error { get; private init; }

    /// <summary>The reading side; null with an error.</summary>
    public PartitionReader? Partition { get; private init; }

    public long HighWatermark { get; private init; } = -1;

    public long LastStableOffset { get; private init; } = -1;

    public long LogStartOffset { get; private init; } = -1;

    /// <summary>Where the client's log and this one part ways, when they do (KIP-595).</summary>
    public (int Epoch, long EndOffset)? Diverging { get; private init; }

    /// <summary>The topic; null with an error.</summary>
    public TopicMetadata? Topic { get; init; }

    /// <summary>Whole batches of magic 2.</summary>
    public List<ReadOnlyMemory<byte>> Batches { get; private set; } = Nothing;

    /// <summary>Bytes of the batches.</summary>
    public int Bytes { get; private set; }

    /// <summary>Aborted transactions among what was read, by first offset; none unless it was read under read_committed.</summary>
    public IReadOnlyList<AbortedTransaction> Aborted { get; private set; } = [];

    /// <summary>Whether the client has to be told at once, however little there is to read.</summary>
    public bool IsUrgent => Error != ErrorCode.None || Diverging is not null;

    /// <summary>Whether an incremental response has to have it.</summary>
    public bool HasNews =>
        IsUrgent || Bytes > 0 || HighWatermark != target.ToldHighWatermark || LogStartOffset != target.ToldLogStartOffset;

    /// <summary>The answer that the partition cannot be read.</summary>
    public static FetchRead Failed(FetchTarget target, ErrorCode error) => new(target) { Error = error };

    /// <summary>Checks what the client knows against the partition, without reading a batch yet.</summary>
    public static FetchRead Check(FetchTarget target, PartitionReader reader, TopicMetadata topic)
    {
        if (reader.IsStopped)
            return Failed(target, ErrorCode.NotLeaderOrFollower);
        var epochs = reader.Epochs;
        if (EpochFence.Check(target.CurrentLeaderEpoch, epochs) is var fenced && fenced != ErrorCode.None)
            return Failed(target, fenced);
        var (logStart, high) = (reader.LogStartOffset, reader.HighWatermark);
        (int Epoch, long EndOffset)? diverging = null;
        if (target.LastFetchedEpoch >= 0)
        {
            var end = epochs.EndOf(target.LastFetchedEpoch, high);
            if (end.Epoch == LeaderEpochHistory.Undefined)
                return Failed(target, ErrorCode.OffsetOutOfRange);
            if (end.Epoch < target.LastFetchedEpoch || end.EndOffset < target.FetchOffset)
                diverging = end;
        }
        if (diverging is null && (target.FetchOffset < logStart || target.FetchOffset > high))
            return Failed(target, ErrorCode.OffsetOutOfRange);
        return new FetchRead(target)
        {
            Partition = reader,
            Topic = topic,
            HighWatermark = high,
            LastStableOffset = Math.Min(reader.LastStableOffset, high),
            LogStartOffset = logStart,
            Diverging = diverging,
        };
    }

    /// <summary>Reads batches within what the response has room for.</summary>
    public async ValueTask ReadAsync(bool readCommitted, int room, bool takesFirst, CancellationToken cancellation)
    {
        if (Partition is null || Diverging is not null)
            return;
        var began = Stopwatch.GetTimestamp();
        var limit = new ReadLimit(readCommitted ? LastStableOffset : HighWatermark, Math.Min(target.MaxBytes, room), takesFirst);
        // The last stable offset is older than the list, so the list has every transaction that was aborted below it; and it is
        // older than the batches, since compaction takes the records of a transaction before it takes it off the list.
        AbortedTransactions aborted;
        long cleanings;
        do
        {
            (cleanings, aborted) = (Partition.Cleanings, Partition.Aborted);
            Batches = await Partition.ReadAsync(target.FetchOffset, limit, cancellation).ConfigureAwait(false);
        }
        while (readCommitted && cleanings != Partition.Cleanings);
        foreach (var batch in Batches)
            Bytes += batch.Length;
        _took = Stopwatch.GetTimestamp() - began;
        if (readCommitted && Batches.Count > 0)
            Aborted = aborted.Within(target.FetchOffset, new RecordBatch(Batches[^1]).NextOffset);
    }

    /// <summary>Counts what was read as consumed. Batches tell how many records they hold, so none is opened.</summary>
    public void Count()
    {
        if (Batches.Count == 0)
            return;
        var records = 0L;
        foreach (var batch in Batches)
            records += new RecordBatch(batch).RecordCount;
        Topic?.Meter.Consumed(_took, records, Bytes);
    }
}
