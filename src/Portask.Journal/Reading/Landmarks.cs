namespace Portask.Journal.Reading;

/// <summary>
/// Where entries of a segment begin, as far as it was read. The segment that is written to has no index beside it, and who looks
/// at it again and again would else walk it from its start each time.
/// </summary>
internal sealed class Landmarks
{
    private const long Interval = 256 * 1024;
    private const int MostFiles = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<(long SequenceNr, long Position)>> _files = [];

    /// <summary>An entry at or before a sequence number, null when none is known.</summary>
    public (long SequenceNr, long Position)? Before(string path, long sequenceNr)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var points))
                return null;
            var at = points.FindLastIndex(point => point.SequenceNr <= sequenceNr);
            return at < 0 ? null : points[at];
        }
    }

    /// <summary>Notes where an entry begins, if the last one noted is far enough before it.</summary>
    public void Note(string path, long sequenceNr, long position)
    {
        if (position < Interval)
            return;
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var points))
            {
                if (_files.Count >= MostFiles)
                    _files.Clear();
                _files[path] = points = [];
            }
            if (points.Count == 0 || position - points[^1].Position >= Interval)
                points.Add((sequenceNr, position));
        }
    }

    /// <summary>Forgets a segment: its writer took back what was noted.</summary>
    public void Forget(string path)
    {
        lock (_gate)
            _files.Remove(path);
    }
}
