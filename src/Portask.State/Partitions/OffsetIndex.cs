namespace Portask.State.Partitions;

/// <summary>
/// Where in the journal an offset is, to within <see cref="StretchBytes"/>. The partition adds to it while fetches read it
/// from other threads.
/// </summary>
public sealed class OffsetIndex
{
    /// <summary>Bytes from one point to the next. A read throws half of it away on average; a 10 GiB log has 40,960 points, 1.3 MB.</summary>
    public const int StretchBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly List<IndexPoint> _points;
    private long _bytes;

    public OffsetIndex(IEnumerable<IndexPoint> points)
    {
        _points = [.. points];
        _bytes = _points.Sum(point => point.Bytes);
    }

    /// <summary>Bytes of all batches.</summary>
    public long SizeInBytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Notes a batch at the end of the log.</summary>
    /// <param name="startsSegment">Whether it is the first of a segment: no stretch lies in two.</param>
    public void Add(long baseOffset, long sequenceNr, long maxTimestamp, int bytes, bool startsSegment = false)
    {
        lock (_gate)
        {
            _bytes += bytes;
            if (_points.Count == 0 || startsSegment || _points[^1].Bytes >= StretchBytes)
            {
                _points.Add(new IndexPoint(baseOffset, sequenceNr, maxTimestamp, bytes));
                return;
            }
            var last = _points[^1];
            _points[^1] = last with { MaxTimestamp = Math.Max(last.MaxTimestamp, maxTimestamp), Bytes = last.Bytes + bytes };
        }
    }

    /// <summary>The last point at or before an offset, or the first one; null when the log is empty.</summary>
    public IndexPoint? Floor(long offset)
    {
        lock (_gate)
        {
            if (_points.Count == 0)
                return null;
            var (low, high) = (0, _points.Count - 1);
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                if (_points[middle].Offset <= offset)
                    low = middle;
                else
                    high = middle - 1;
            }
            return _points[low];
        }
    }

    /// <summary>The first stretch, from the one of an offset on, that has a record at or after a time; null when there is none.</summary>
    public IndexPoint? FirstNotBefore(long timestamp, long fromOffset)
    {
        lock (_gate)
        {
            for (var i = 0; i < _points.Count; i++)
                if (_points[i].MaxTimestamp >= timestamp && (i == _points.Count - 1 || _points[i + 1].Offset > fromOffset))
                    return _points[i];
            return null;
        }
    }

    /// <summary>The first stretch that has the latest record time of all; null when the log is empty.</summary>
    public IndexPoint? Latest()
    {
        lock (_gate)
            return _points.Count == 0 ? null : _points.MaxBy(point => point.MaxTimestamp);
    }

    /// <summary>Puts other points in the place of those of a range of offsets.</summary>
    public void Replace(long fromOffset, long endOffset, IReadOnlyList<IndexPoint> points)
    {
        lock (_gate)
        {
            var from = _points.FindIndex(point => point.Offset >= fromOffset);
            from = from < 0 ? _points.Count : from;
            var end = _points.FindIndex(from, point => point.Offset >= endOffset);
            end = end < 0 ? _points.Count : end;
            _points.RemoveRange(from, end - from);
            _points.InsertRange(from, points);
            _bytes = _points.Sum(point => point.Bytes);
        }
    }

    /// <summary>Forgets stretches that lie wholly before an offset.</summary>
    public void TrimBefore(long offset, long nextOffset)
    {
        lock (_gate)
        {
            var gone = 0;
            while (gone < _points.Count && (gone + 1 < _points.Count ? _points[gone + 1].Offset : nextOffset) <= offset)
                _bytes -= _points[gone++].Bytes;
            _points.RemoveRange(0, gone);
        }
    }

    /// <summary>The points as they are now, oldest first.</summary>
    public IReadOnlyList<IndexPoint> ToList()
    {
        lock (_gate)
            return [.. _points];
    }
}
