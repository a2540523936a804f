using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.State.Compaction;

/// <summary>What is left of a batch.</summary>
/// <param name="Bytes">The batch from now on; empty when it goes.</param>
/// <param name="IsChanged">Whether it is another than before, or gone.</param>
/// <param name="Removed">Records that went.</param>
public readonly record struct CleanedBatch(ReadOnlyMemory<byte> Bytes, bool IsChanged, int Removed);

/// <summary>
/// Decides, batch by batch in the order of offsets, what compaction leaves. A record stays while no later one has its key. A
/// tombstone and the marker of a transaction without records get a delete horizon on the first pass over them (KIP-534) and go
/// once it is past. Records of aborted transactions go at once.
/// <para>
/// An ABORT marker has to outlive both the records of its transaction and the entry in the list that readers are given. With
/// the list and without the marker a reader would take the producer's next transaction for aborted as well; with the records
/// and without the list it would show them. So: the records go first; the event that ends the pass takes the entry off the
/// list; and only a later pass, once the entry is gone and the horizon is past, takes the marker.
/// </para>
/// </summary>
public sealed class BatchCleaner(CleaningScope scope, OffsetMap latest)
{
    private readonly AbortedRanges _aborted = new(scope.Aborted);

    // Producers of whose transaction records were kept since its last marker.
    private readonly HashSet<long> _withRecords = [];

    /// <summary>Notes the keys of a batch, for the passes over those before it.</summary>
    /// <returns>The offset of the first record that there was no room for, or null.</returns>
    /// <exception cref="Portask.Protocol.KafkaProtocolException">The records are malformed.</exception>
    public long? Note(RecordBatch batch, long fromOffset)
    {
        if (batch.IsControl || IsAborted(batch))
            return null;
        var reader = RecordReader.Open(batch, scope.MaxBatchBytes);
        while (reader.TryReadNext(out var record))
            if (record.Key is { } key && record.Offset >= fromOffset && !latest.TryPut(key.Span, record.Offset))
                return record.Offset;
        return null;
    }

    /// <summary>What is left of the next batch.</summary>
    /// <exception cref="Portask.Protocol.KafkaProtocolException">The records are malformed.</exception>
    public CleanedBatch Clean(RecordBatch batch)
    {
        if (batch.BaseOffset >= scope.EndOffset)
            return Kept(batch);
        if (batch.NextOffset <= scope.LogStartOffset || IsAborted(batch))
            return Gone(batch);
        return batch.IsControl ? CleanMarker(batch) : CleanRecords(batch);
    }

    private static CleanedBatch Kept(RecordBatch batch) => new(batch.Bytes, false, 0);

    private static CleanedBatch Gone(RecordBatch batch) => new(default, true, batch.RecordCount);

    private bool IsAborted(RecordBatch batch) =>
        batch is { IsTransactional: true, IsControl: false } && _aborted.Contains(batch.ProducerId, batch.BaseOffset);

    private bool IsPast(long? horizonMs) => horizonMs <= scope.NowMs;

    private long NewHorizon() => CleaningPlan.Sum(scope.NowMs, scope.DeleteRetentionMs);

    private CleanedBatch CleanMarker(RecordBatch batch)
    {
        var hasRecords = _withRecords.Remove(batch.ProducerId);
        if (batch.NextOffset == scope.LogEndOffset)
            return Kept(batch);
        if (batch.DeleteHorizonMs is { } horizon)
            return IsPast(horizon) && !_aborted.HasMarker(batch.BaseOffset) ? Gone(batch) : Kept(batch);
        // A pass over some segments has not seen the records of every transaction.
        if (hasRecords || !scope.IsWhole)
            return Kept(batch);
        var filter = new RecordBatchFilter(batch, scope.MaxBatchBytes);
        while (filter.TryReadNext(out var record))
            filter.Keep(record);
        return new(filter.Build(NewHorizon()), true, 0);
    }

    private CleanedBatch CleanRecords(RecordBatch batch)
    {
        var horizon = batch.DeleteHorizonMs;
        var hasTombstone = false;
        var filter = new RecordBatchFilter(batch, scope.MaxBatchBytes);
        while (filter.TryReadNext(out var record))
        {
            if (!Stays(record, horizon))
                continue;
            filter.Keep(record);
            hasTombstone |= record.Value is null && record.Offset < scope.EndOffset;
        }
        if (filter.Count == 0)
            return Gone(batch);
        if (batch.IsTransactional)
            _withRecords.Add(batch.ProducerId);
        var removed = batch.RecordCount - filter.Count;
        var setsHorizon = hasTombstone && horizon is null && scope.IsWhole;
        return removed == 0 && !setsHorizon ? Kept(batch) : new(filter.Build(setsHorizon ? NewHorizon() : null), true, removed);
    }

    private bool Stays(in KafkaRecord record, long? horizonMs)
    {
        if (record.Offset >= scope.EndOffset || record.Offset == scope.LogEndOffset - 1)
            return true;
        // Without a key from a time when the topic was not compacted yet; Kafka lets those go as well.
        if (record.Offset < scope.LogStartOffset || record.Key is not { } key || latest.Find(key.Span) > record.Offset)
            return false;
        return record.Value is not null || !IsPast(horizonMs);
    }
}
