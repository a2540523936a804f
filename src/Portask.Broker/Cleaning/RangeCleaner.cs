using Portask.Journal;
using Portask.Journal.Events;
using Portask.Protocol.Records;
using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.Broker.Cleaning;

/// <summary>Edits the entries of one group of segments, and adds up what is left of it.</summary>
internal sealed class RangeCleaner(SegmentGroup group, BatchCleaner batches)
{
    private readonly List<IndexPoint> _points = [];
    private readonly bool _merges = group.Segments.Count > 1;
    private long _maxTimestamp = -1;
    private long _horizonMs = -1;
    private bool _isChanged;

    /// <summary>Records that went.</summary>
    public long Removed { get; private set; }

    /// <summary>What the segments have become; null when nothing is another than before.</summary>
    public CompactedRange? Result => _isChanged || _merges
        ? new(group.EndOffset, group.First with
        {
            Bytes = _points.Sum(point => point.Bytes),
            MaxTimestamp = _maxTimestamp,
            FirstAppendMs = group.Segments.Select(segment => segment.FirstAppendMs).FirstOrDefault(at => at >= 0, -1),
            DeleteHorizonMs = _horizonMs,
        }, _points)
        : null;

    /// <summary>What becomes of an entry.</summary>
    public JournalEdit Edit(JournalEntry entry)
    {
        if (entry.Manifest != PartitionSerializer.BatchManifest)
            return EditOther(entry);
        var cleaned = batches.Clean(new RecordBatch(PartitionSerializer.BatchOf(entry.Payload)));
        _isChanged |= cleaned.IsChanged;
        Removed += cleaned.Removed;
        if (cleaned.Bytes.IsEmpty)
            return JournalEdit.Drop;
        var appendMs = PartitionSerializer.AppendMsOf(entry.Payload);
        Note(new RecordBatch(cleaned.Bytes), entry.SequenceNr, appendMs);
        return cleaned.IsChanged ? JournalEdit.Change(PartitionSerializer.PayloadOf(new BatchAppended(cleaned.Bytes, appendMs))) : JournalEdit.Keep;
    }

    // They tell of segments that are no more. Recovery begins behind them.
    private JournalEdit EditOther(JournalEntry entry)
    {
        var isOver = entry.Manifest == PartitionSerializer.CompactedManifest
            || (entry.Manifest == PartitionSerializer.RolledManifest && entry.SequenceNr != group.First.FirstSequenceNr);
        _isChanged |= isOver;
        return isOver ? JournalEdit.Drop : JournalEdit.Keep;
    }

    private void Note(RecordBatch batch, long sequenceNr, long appendMs)
    {
        var maxTimestamp = batch.MaxTimestamp < 0 ? appendMs : batch.MaxTimestamp;
        _maxTimestamp = Math.Max(_maxTimestamp, maxTimestamp);
        if (batch.DeleteHorizonMs is { } horizon && (_horizonMs < 0 || horizon < _horizonMs))
            _horizonMs = horizon;
        if (_points.Count == 0 || _points[^1].Bytes >= OffsetIndex.StretchBytes)
        {
            _points.Add(new IndexPoint(batch.BaseOffset, sequenceNr, maxTimestamp, batch.Length));
            return;
        }
        var last = _points[^1];
        _points[^1] = last with { MaxTimestamp = Math.Max(last.MaxTimestamp, maxTimestamp), Bytes = last.Bytes + batch.Length };
    }
}
