using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Replay.Records;

/// <summary>A record with what its partition knows of it.</summary>
/// <param name="AppendMs">When the broker took it.</param>
/// <param name="IsAborted">It belongs to a transaction that was aborted.</param>
public readonly record struct StoredRecord(RecordText Record, long AppendMs, bool IsAborted);

/// <summary>The records of a partition, read from its journal.</summary>
public sealed class RecordHistory
{
    private readonly EntityHistory _history;
    private readonly PartitionState _state;

    /// <summary>The records of a partition.</summary>
    public RecordHistory(EntityHistory history)
    {
        _history = history;
        _state = history.FirstEvent is null ? new PartitionState() : ((PartitionFold)history.At(new Moment(long.MaxValue, null)).State).State;
    }

    /// <summary>Offset of the first record that a consumer may read.</summary>
    public long LogStartOffset => _state.LogStartOffset;

    /// <summary>Offset after the last record.</summary>
    public long HighWatermark => _state.NextOffset;

    /// <summary>Records from an offset or a time on, without the markers of transactions.</summary>
    /// <param name="from">A number is an offset, a time that of the record; null is the log start.</param>
    /// <exception cref="Protocol.KafkaProtocolException">A batch cannot be opened.</exception>
    public IEnumerable<StoredRecord> Read(Moment? from)
    {
        var first = Math.Max(from?.SequenceNr ?? 0, LogStartOffset);
        var fromMs = from?.UnixMs ?? long.MinValue;
        var point = fromMs == long.MinValue ? _state.Index.Floor(first) : _state.Index.FirstNotBefore(fromMs, first);
        if (point is not { } stretch)
            yield break;
        foreach (var one in _history.Stored(stretch.SequenceNr))
        {
            if (one.Event is not BatchAppended { Batch: var batch, AppendMs: var appendMs } || batch.IsControl || batch.LastOffset < first)
                continue;
            var isAborted = batch.IsTransactional && IsAborted(batch);
            foreach (var record in RecordText.Decode(batch))
            {
                // From the first record of that time on all are given, as a consumer reads that seeks to a time.
                if (record.Offset < first || record.TimeMs < fromMs)
                    continue;
                fromMs = long.MinValue;
                yield return new(record, appendMs, isAborted);
            }
        }
    }

    private bool IsAborted(RecordBatch batch) =>
        _state.Transactions.Aborted.Within(batch.BaseOffset, batch.NextOffset).Any(aborted => aborted.ProducerId == batch.ProducerId && aborted.FirstOffset <= batch.BaseOffset);
}
