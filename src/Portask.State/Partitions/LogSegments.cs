namespace Portask.State.Partitions;

/// <summary>The segments of a partition, oldest first; there is always an active one. Used by the partition alone.</summary>
public sealed class LogSegments
{
    private readonly List<LogSegment> _all;

    private LogSegments(List<LogSegment> all)
    {
        _all = all;
        SizeInBytes = all.Sum(segment => segment.Bytes);
    }

    /// <summary>All segments.</summary>
    public IReadOnlyList<LogSegment> All => _all;

    /// <summary>The segment that batches are added to.</summary>
    public LogSegment Active => _all[^1];

    /// <summary>Bytes of all batches.</summary>
    public long SizeInBytes { get; private set; }

    /// <summary>The segments of a snapshot. One from before there were segments is a single segment, and an old one, so that it ends soon.</summary>
    public static LogSegments From(IReadOnlyList<LogSegment> all, long logStartOffset, IReadOnlyList<IndexPoint> index)
    {
        if (all.Count > 0)
            return new([.. all]);
        return index.Count == 0
            ? new([new(logStartOffset, 1, 0, -1, -1)])
            : new([new(logStartOffset, index[0].SequenceNr, index.Sum(point => point.Bytes), index.Max(point => point.MaxTimestamp), 0)]);
    }

    /// <summary>Notes a batch at the end of the log.</summary>
    public void Add(int bytes, long maxTimestamp, long appendMs)
    {
        var active = _all[^1];
        _all[^1] = active with
        {
            Bytes = active.Bytes + bytes,
            MaxTimestamp = Math.Max(active.MaxTimestamp, maxTimestamp),
            FirstAppendMs = active.Bytes == 0 ? appendMs : active.FirstAppendMs,
        };
        SizeInBytes += bytes;
    }

    /// <summary>Begins a segment.</summary>
    /// <param name="sequenceNr">The journal's number of the event that says so.</param>
    public void Roll(long nextOffset, long sequenceNr) => _all.Add(new(nextOffset, sequenceNr, 0, -1, -1));

    /// <summary>Whether the active segment has to end before more is appended, or by time alone.</summary>
    /// <param name="nextBytes">Bytes of the batch that is to be appended, 0 for none.</param>
    public bool RollIsDue(int nextBytes, long nowMs, SegmentLimits limits)
    {
        var active = _all[^1];
        return active.Bytes > 0 && (active.Bytes + nextBytes > limits.Bytes || nowMs - active.FirstAppendMs >= limits.Ms);
    }

    /// <summary>
    /// The offset that the log can start at when whole segments go, oldest first, that are older than a time or without which
    /// so many bytes are left. Equal to the next offset when the active one is to go too.
    /// </summary>
    /// <param name="nextOffset">Offset after the last record.</param>
    /// <param name="notBeforeMs">Records before this time go; <see cref="long.MinValue"/> for none.</param>
    /// <param name="maxBytes">Bytes that stay; negative for all.</param>
    public long RetainedFrom(long nextOffset, long notBeforeMs, long maxBytes)
    {
        var left = SizeInBytes;
        for (var i = 0; i < _all.Count; i++)
        {
            var segment = _all[i];
            var isIdle = i == _all.Count - 1 && segment.Bytes == 0;
            var tooMuch = maxBytes >= 0 && left - segment.Bytes >= maxBytes;
            if (isIdle || (!tooMuch && segment.MaxTimestamp >= notBeforeMs))
                return segment.BaseOffset;
            left -= segment.Bytes;
        }
        return nextOffset;
    }

    /// <summary>Puts one segment in the place of those that begin in a range of offsets, if they are still there.</summary>
    public void Replace(LogSegment segment, long endOffset)
    {
        var from = _all.FindIndex(other => other.BaseOffset >= segment.BaseOffset);
        var end = _all.FindIndex(other => other.BaseOffset >= endOffset);
        if (from < 0 || end <= from)
            return;
        _all.RemoveRange(from, end - from);
        _all.Insert(from, segment);
        SizeInBytes = _all.Sum(other => other.Bytes);
    }

    /// <summary>Forgets segments that lie wholly before an offset. The active one is emptied when nothing is left in it.</summary>
    public void TrimBefore(long offset, long nextOffset, long sequenceNr)
    {
        var gone = 0;
        while (gone + 1 < _all.Count && _all[gone + 1].BaseOffset <= offset)
            SizeInBytes -= _all[gone++].Bytes;
        _all.RemoveRange(0, gone);
        if (_all.Count > 1 || offset < nextOffset || _all[0].Bytes == 0)
            return;
        _all[0] = new(nextOffset, sequenceNr, 0, -1, -1);
        SizeInBytes = 0;
    }
}
