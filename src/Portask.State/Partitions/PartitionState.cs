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
        : this(new PartitionSnapshot(0, 0, [], [], []))
    {
    }

    /// <summary>The partition of a snapshot.</summary>
    public PartitionState(PartitionSnapshot snapshot)
    {
        LogStartOffset = snapshot.LogStartOffset;
        NextOffset = snapshot.NextOffset;
        Epochs = LeaderEpochHistory.Of(snapshot.Epochs);
        Index = new OffsetIndex(snapshot.Index);
        Producers = ProducerWindow.From(snapshot.Producers);
    }

    /// <summary>Offset of the first record that may be read.</summary>
    public long LogStartOffset { get; private set; }

    /// <summary>Offset that the next record gets.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Leader epochs and where they began.</summary>
    public LeaderEpochHistory Epochs { get; private set; }

    /// <summary>Where in the journal the records are.</summary>
    public OffsetIndex Index { get; }

    /// <summary>Idempotent producers.</summary>
    public ProducerWindow Producers { get; }

    /// <summary>Decides on a batch whose header and CRC were checked.</summary>
    public AppendDecision Decide(RecordBatch batch)
    {
        if (batch.ProducerId < 0)
            return new(ErrorCode.None, NextOffset, false);
        var (error, duplicate) = Producers.Check(batch);
        return duplicate is { } taken ? new(ErrorCode.None, taken.BaseOffset, true) : new(error, NextOffset, false);
    }

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
                Index.TrimBefore(e.Offset, NextOffset);
                break;
            default:
                throw new InvalidOperationException($"a partition does not know the event {journaled.GetType().Name}");
        }
    }

    /// <summary>The state as one object for the journal's serializer.</summary>
    public PartitionSnapshot ToSnapshot() => new(LogStartOffset, NextOffset, Epochs.Starts, Index.ToList(), Producers.ToSnapshot());

    private void Append(RecordBatch batch, long appendMs, long sequenceNr)
    {
        if (batch.BaseOffset != NextOffset)
            throw new InvalidOperationException($"batch {sequenceNr} of the journal has the offset {batch.BaseOffset} where {NextOffset} is due");
        // Old Saramas leave the time out (-1); by the time of arrival such a batch is found and retained.
        Index.Add(batch.BaseOffset, sequenceNr, batch.MaxTimestamp < 0 ? appendMs : batch.MaxTimestamp, batch.Length);
        if (batch.ProducerId >= 0)
            Producers.Add(batch, appendMs);
        NextOffset = batch.NextOffset;
    }
}
