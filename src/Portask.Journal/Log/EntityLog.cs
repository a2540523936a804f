using System.Globalization;

namespace Portask.Journal.Log;

/// <summary>The log of one persistence id: a folder of segments. Writes come one at a time; reads run beside them.</summary>
internal sealed class EntityLog : IDisposable
{
    private const string DeletedFile = "deleted-to";

    private readonly string _folder;
    private readonly LogSettings _settings;
    private readonly object _gate = new();
    private readonly List<Segment> _segments = [];
    private long _deletedTo;
    private bool _removed;

    private EntityLog(string folder, LogSettings settings)
    {
        _folder = folder;
        _settings = settings;
    }

    /// <summary>Highest sequence number ever written, also when its entry is deleted.</summary>
    public long HighestSequenceNr { get; private set; }

    public long SizeInBytes
    {
        get
        {
            lock (_gate)
                return _segments.Sum(segment => segment.Length);
        }
    }

    public static EntityLog Open(string folder, LogSettings settings, Action<string> warn)
    {
        var log = new EntityLog(folder, settings);
        Directory.CreateDirectory(folder);
        var deleted = Path.Combine(folder, DeletedFile);
        if (File.Exists(deleted))
            log._deletedTo = long.Parse(File.ReadAllText(deleted), CultureInfo.InvariantCulture);
        var files = Directory.GetFiles(folder, "*" + Segment.Extension).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < files.Count; i++)
        {
            var segment = Segment.Open(files[i], settings.IndexIntervalBytes, isLast: i == files.Count - 1, warn);
            if (log._segments.Count > 0 && segment.FirstSequenceNr != log._segments[^1].LastSequenceNr + 1)
                throw new JournalCorruptedException($"{files[i]}: follows sequence number {log._segments[^1].LastSequenceNr}, a segment is missing");
            log._segments.Add(segment);
        }
        log.HighestSequenceNr = Math.Max(log._deletedTo, log._segments.Count == 0 ? 0 : log._segments[^1].LastSequenceNr);
        return log;
    }

    /// <summary>Writes entries and returns the segment that holds them.</summary>
    /// <exception cref="InvalidOperationException">The first sequence number is not the next one: another writer was here.</exception>
    public Segment Append(IReadOnlyList<LogEntry> entries)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_removed, this);
            var next = HighestSequenceNr + 1;
            if (entries[0].SequenceNr != next)
                throw new InvalidOperationException($"{_folder}: sequence number {entries[0].SequenceNr} where {next} is due");
            if (_segments.Count == 0 || _segments[^1].Length >= _settings.SegmentBytes)
                _segments.Add(Segment.Create(_folder, next, _settings.IndexIntervalBytes));
            var segment = _segments[^1];
            segment.Append(entries);
            HighestSequenceNr = entries[^1].SequenceNr;
            return segment;
        }
    }

    /// <summary>Reads entries in order, skipping deleted ones, until <paramref name="take"/> says to stop.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range is damaged.</exception>
    public void Read(long from, long to, Func<LogEntry, bool> take)
    {
        var first = Math.Max(from, _deletedTo + 1);
        foreach (var (segment, length, last) in Covering(first, to))
        {
            var position = segment.PositionBefore(first);
            foreach (var (entry, size) in segment.Walk(position, length))
            {
                position += size;
                if (entry.SequenceNr < first)
                    continue;
                if (entry.SequenceNr > to || !take(entry))
                    return;
            }
            if (position < length)
                throw new JournalCorruptedException($"{segment.Path} at {position}: damaged entry (the segment holds entries up to {last})");
        }
    }

    /// <summary>Forgets entries up to and including a sequence number; whole segments are given back to the disk.</summary>
    public void DeleteTo(long sequenceNr)
    {
        lock (_gate)
        {
            var to = Math.Min(sequenceNr, HighestSequenceNr);
            if (to <= _deletedTo)
                return;
            // The mark first: without it a crash between the two steps would bring back what was deleted.
            var temporary = Path.Combine(_folder, DeletedFile + ".new");
            File.WriteAllText(temporary, to.ToString(CultureInfo.InvariantCulture));
            File.Move(temporary, Path.Combine(_folder, DeletedFile), overwrite: true);
            _deletedTo = to;
            while (_segments.Count > 0 && _segments[0].LastSequenceNr <= to)
            {
                File.Delete(_segments[0].Path);
                _segments[0].Dispose();
                _segments.RemoveAt(0);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _removed = true;
            _segments.ForEach(segment => segment.Dispose());
            _segments.Clear();
        }
    }

    private List<(Segment Segment, long Length, long Last)> Covering(long from, long to)
    {
        lock (_gate)
        {
            return _segments
                .Where(segment => segment.LastSequenceNr >= from && segment.FirstSequenceNr <= to)
                .Select(segment => (segment, segment.Length, segment.LastSequenceNr))
                .ToList();
        }
    }
}
