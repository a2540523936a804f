using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.State.Partitions;

/// <summary>What to do with a batch that a producer sent.</summary>
/// <param name="Error">Why it is not taken, or None.</param>
/// <param name="BaseOffset">The offset that it gets or, for a duplicate, got.</param>
/// <param name="IsDuplicate">It was taken before: answer as then, append nothing.</param>
public readonly record struct AppendDecision(ErrorCode Error, long BaseOffset, bool IsDuplicate);

/// <summary>
/// A partition without its records: the fold of its events. Changed in place, because it is on the path of every batch; the
/// partition applies an event when it accepts it, and starts again from the journal if the journal then refuses it.
/// </summary>
public sealed class PartitionState
{
    /// <summary>A partition that nothing was written to.</summary>
    public PartitionState()
        : this(new PartitionSnapshot(0, 0, [], [], [], [], [], [], 0))
    {
    }

    /// <summary>The partition of a snapshot.</summary>
    public PartitionState(PartitionSnapshot snapshot)
    {
        LogStartOffset = snapshot.LogStartOffset;
        NextOffset = snapshot.NextOffset;
        Epochs = LeaderEpochHistory.Of(snapshot.Epochs);
        Index = new OffsetIndex(snapshot.Index);
        Segments = LogSegments.From(snapshot.Segments, snapshot.LogStartOffset, snapshot.Index);
        FirstDirtyOffset = snapshot.FirstDirtyOffset;
        Producers = ProducerWindow.From(snapshot.Producers);
        Transactions = new PartitionTransactions(snapshot.OpenTransactions, snapshot.AbortedTransactions);
    }

    /// <summary>Offset of the first record that may be read.</summary>
    public long LogStartOffset { get; private set; }

    /// <summary>Offset that the next record gets.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Leader epochs and where they began.</summary>
    public LeaderEpochHistory Epochs { get; private set; }

    /// <summary>Where in the journal the records are.</summary>
    public OffsetIndex Index { get; }

    /// <summary>The segments that they are in.</summary>
    public LogSegments Segments { get; }

    /// <summary>Offset before which compaction has been over the log.</summary>
    public long FirstDirtyOffset { get; private set; }

    /// <summary>How often compaction changed what is in the journal, since this object was made.</summary>
    public long Cleanings { get; private set; }

    /// <summary>Idempotent producers.</summary>
    public ProducerWindow Producers { get; }

    /// <summary>Transactions, open and aborted.</summary>
    public PartitionTransactions Transactions { get; }

    /// <summary>Offset before which every transaction is decided; what was deleted of an open one holds nothing back.</summary>
    public long LastStableOffset => Math.Max(LogStartOffset, Transactions.LastStableOffset(NextOffset));

    /// <summary>Decides on a batch whose header and CRC were checked.</summary>
    public AppendDecision Decide(RecordBatch batch)
    {
        if (batch.ProducerId < 0)
            return new(ErrorCode.None, NextOffset, false);
        // A later epoch begins a transaction of its own, which the end of the open one must not decide.
        if (Transactions.IsOpen(batch.ProducerId) && (!batch.IsTransactional || batch.ProducerEpoch > Producers.EpochOf(batch.ProducerId)))
            return new(ErrorCode.InvalidTxnState, NextOffset, false);
        var (error, duplicate) = Producers.Check(batch);
        return duplicate is { } taken ? new(ErrorCode.None, taken.BaseOffset, true) : new(error, NextOffset, false);
    }

    /// <summary>
    /// Decides on the marker that ends a producer's transaction. One that is told again is a duplicate when it has nothing to
    /// end: the coordinator repeats it when it does not know whether it got here.
    /// </summary>
    /// <param name="producerEpoch">Epoch of the producer, raised by the coordinator when it fences.</param>
    /// <param name="isRaised">The epoch is above that of the records to end, so a transaction that is open under it is a later one.</param>
    public AppendDecision DecideMarker(long producerId, short producerEpoch, TransactionMarker marker, bool isRaised)
    {
        var (error, isKnown) = Producers.CheckMarker(producerId, producerEpoch, marker.CoordinatorEpoch);
        if (error == ErrorCode.None && isRaised && IsInTransaction(producerId, producerEpoch))
            error = ErrorCode.InvalidProducerEpoch;
        return new(error, NextOffset, error == ErrorCode.None && isKnown && !Transactions.IsOpen(producerId));
    }

    /// <summary>Whether a producer has a transaction open here under an epoch.</summary>
    public bool IsInTransaction(long producerId, short epoch) => Transactions.IsOpen(producerId) && Producers.EpochOf(producerId) == epoch;

    /// <summary>Forgets producers that have appended nothing since a time, except those with a transaction open (producer.id.expiration.ms).</summary>
    public void ExpireProducers(long beforeMs) => Producers.Expire(beforeMs, Transactions.IsOpen);

    /// <summary>Folds one event into the state.</summary>
    /// <param name="sequenceNr">The journal's number of the event.</param>
    /// <exception cref="InvalidOperationException">The event is not of a partition, or its offset is not the next one.</exception>
    public void Apply(IPartitionJournaled journaled, long sequenceNr)
    {
        switch (journaled)
        {
            case BatchAppended e:
                Append(e.Batch, e.AppendMs, sequenceNr);
                break;
            case LeaderEpochStarted e:
                Epochs = Epochs.With(new LeaderEpochStart(e.Epoch, e.StartOffset));
                break;
            case LogStartOffsetMoved e:
                LogStartOffset = e.Offset;
                Epochs = Epochs.From(e.Offset);
                Transactions.TrimBefore(e.Offset);
                TrimBeforeStart(sequenceNr);
                break;
            case LogCompacted e:
                Compact(e);
                TrimBeforeStart(sequenceNr);
                break;
            case SegmentRolled e:
                RequireNext(e.Offset, sequenceNr);
                Segments.Roll(e.Offset, sequenceNr);
                break;
            default:
                throw new InvalidOperationException($"a partition does not know the event {journaled.GetType().Name}");
        }
    }

    /// <summary>The state as one object for the journal's serializer.</summary>
    public PartitionSnapshot ToSnapshot() => new(
        LogStartOffset, NextOffset, Epochs.Starts, Index.ToList(), Producers.ToSnapshot(), [.. Transactions.Open], Transactions.Aborted.All,
        [.. Segments.All], FirstDirtyOffset);

    private void Append(RecordBatch batch, long appendMs, long sequenceNr)
    {
        RequireNext(batch.BaseOffset, sequenceNr);
        // Old Saramas leave the time out (-1); by the time of arrival such a batch is found and retained.
        var maxTimestamp = batch.MaxTimestamp < 0 ? appendMs : batch.MaxTimestamp;
        // As the header has it: a batch that is gone is folded by its header alone.
        var length = (int)RecordBatch.ReadLength(batch.Bytes.Span);
        Index.Add(batch.BaseOffset, sequenceNr, maxTimestamp, length, startsSegment: Segments.Active.Bytes == 0);
        Segments.Add(length, maxTimestamp, appendMs);
        NextOffset = batch.NextOffset;
        if (batch.IsControl)
            End(batch, TransactionMarker.Of(batch), appendMs);
        else if (batch.ProducerId >= 0)
            Producers.Add(batch, appendMs);
        if (batch.IsTransactional && !batch.IsControl)
            Transactions.Append(batch.ProducerId, batch.BaseOffset);
    }

    // The log start may have moved while the log was compacted.
    private void Compact(LogCompacted e)
    {
        foreach (var (endOffset, segment, points) in e.Ranges)
        {
            Index.Replace(segment.BaseOffset, endOffset, points);
            Segments.Replace(segment, endOffset);
        }
        FirstDirtyOffset = e.FirstDirtyOffset;
        Transactions.TrimBefore(e.AbortedBefore);
        Cleanings++;
    }

    private void TrimBeforeStart(long sequenceNr)
    {
        Index.TrimBefore(LogStartOffset, NextOffset);
        Segments.TrimBefore(LogStartOffset, NextOffset, sequenceNr);
        FirstDirtyOffset = Math.Max(FirstDirtyOffset, LogStartOffset);
    }

    private void RequireNext(long offset, long sequenceNr)
    {
        if (offset != NextOffset)
            throw new InvalidOperationException($"entry {sequenceNr} of the journal has the offset {offset} where {NextOffset} is due");
    }

    private void End(RecordBatch batch, TransactionMarker marker, long appendMs)
    {
        Producers.EndTransaction(batch.ProducerId, batch.ProducerEpoch, marker.CoordinatorEpoch, appendMs);
        Transactions.End(batch.ProducerId, marker.Commits, batch.BaseOffset);
    }
}
