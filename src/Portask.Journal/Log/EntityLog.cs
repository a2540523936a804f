using System.Globalization;
using System.Text;
using Portask.Journal.History;

namespace Portask.Journal.Log;

/// <summary>What an append did: the segment that holds the entries, and the one that it sealed by beginning a new one.</summary>
internal readonly record struct Appended(Segment Segment, Segment? Sealed);

/// <summary>The log of one persistence id: a folder of segments. Writes come one at a time; reads run beside them.</summary>
internal sealed class EntityLog : IDisposable
{
    private const string DeletedFile = "deleted-to";

    private readonly string _folder;
    private readonly LogEnvironment _environment;
    private readonly object _gate = new();
    private readonly List<Segment> _segments = [];
    private readonly HeadWriter _heads;
    private long _deletedTo;
    private bool _closed;

    private EntityLog(string folder, LogEnvironment environment)
    {
        _folder = folder;
        _environment = environment;
        _heads = new HeadWriter(folder, environment);
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

    /// <summary>The last segment, or null while nothing is stored.</summary>
    public Segment? Last
    {
        get
        {
            lock (_gate)
                return _segments.Count == 0 ? null : _segments[^1];
        }
    }

    /// <summary>Opens the log of a folder, which need not exist before the first append.</summary>
    /// <exception cref="JournalCorruptedException">A file is damaged or missing.</exception>
    public static EntityLog Open(string folder, LogEnvironment environment)
    {
        var log = new EntityLog(folder, environment);
        if (!Directory.Exists(folder))
            return log;
        try
        {
            log.ReadDeletedTo();
            log.OpenSegments();
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Writes entries behind the last one.</summary>
    /// <exception cref="InvalidOperationException">The sequence numbers are not the next ones: another writer was here.</exception>
    public Appended Append(IReadOnlyList<LogEntry> entries)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var next = HighestSequenceNr + 1;
            if (entries[0].SequenceNr != next || entries[^1].SequenceNr != next + entries.Count - 1)
                throw new InvalidOperationException($"{_folder}: sequence number {entries[0].SequenceNr} where {next} is due");
            Segment? full = null;
            if (_segments.Count == 0 || IsFull(_segments[^1], entries[0]))
                full = Roll(next);
            var segment = _segments[^1];
            segment.Append(entries);
            HighestSequenceNr = entries[^1].SequenceNr;
            return new Appended(segment, full);
        }
    }

    /// <summary>Reads entries in order, skipping deleted ones, until <paramref name="take"/> says to stop.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range is damaged.</exception>
    public void Read(long from, long to, Func<LogEntry, bool> take)
    {
        var next = from;
        while (true)
        {
            try
            {
                ReadFrom(ref next, to, take);
                return;
            }
            catch (SegmentReplacedException)
            {
                // Files that were looked up are no longer the ones to read: looks them up again from where the reader is.
            }
        }
    }

    /// <summary>
    /// Keeps, changes or drops the entries of a closed range, in order. The files that hold them become one, unless it is a single
    /// one in which everything stays; entries of those files outside of the range stay as they are. Readers go on meanwhile.
    /// </summary>
    /// <param name="edit">What becomes of an entry; null when it goes.</param>
    /// <returns>False when nothing was done because files of the range went meanwhile, by deletion or by closing the log.</returns>
    /// <exception cref="InvalidOperationException">The segment that is written lies in the range.</exception>
    public bool Edit(long from, long to, Func<LogEntry, LogEntry?> edit, CancellationToken cancellation)
    {
        var files = Sealed(from, to);
        if (files.Count == 0)
            return true;
        using var rewrite = new SegmentRewrite(_folder, files, _environment);
        using var gone = _heads.Collect();
        try
        {
            if (!rewrite.Run(entry => entry.SequenceNr >= from && entry.SequenceNr <= to ? gone.Note(entry, edit(entry)) : entry, cancellation))
                return true;
        }
        catch (SegmentReplacedException)
        {
            return false;
        }
        gone.Keep();
        if (Swap(files, rewrite) is not { } cleaned)
            return false;
        // The new name is on disk before the old files go: a crash in between leaves both, and opening takes the wider one.
        _environment.Disk.FlushFolder(_folder);
        foreach (var old in files.Where(old => old.Path != cleaned.Path))
            old.Delete();
        cleaned.SaveIndex();
        return true;
    }

    /// <summary>Whether all but the last segment are on disk, so that what they hold may take the place of older entries.</summary>
    public bool IsSealedPartOnDisk()
    {
        lock (_gate)
            return _segments.SkipLast(1).All(segment => segment.LengthOnDisk == segment.Length);
    }

    /// <summary>Forgets entries up to and including a sequence number; whole segments are given back to the disk.</summary>
    public void DeleteTo(long sequenceNr)
    {
        // Outside of the lock: writing goes on while what goes is read.
        KeepHeadsTo(sequenceNr);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var to = Math.Min(sequenceNr, HighestSequenceNr);
            if (to <= _deletedTo)
                return;
            // The mark first: without it a crash between the two steps would bring back what was deleted.
            _environment.Disk.Replace(
                Path.Combine(_folder, DeletedFile), Encoding.ASCII.GetBytes(to.ToString(CultureInfo.InvariantCulture)));
            _environment.Disk.FlushFolder(_folder);
            _deletedTo = to;
            while (_segments.Count > 0 && _segments[0].LastSequenceNr <= to)
                DeleteFirst();
        }
    }

    /// <summary>Removes what is kept of gone entries, and keeps nothing more.</summary>
    public void ForgetHistory() => _heads.Forget();

    /// <summary>Files with bytes that no successful flush covered, and where those begin.</summary>
    public IReadOnlyList<(string Path, long From)> NotOnDisk()
    {
        lock (_gate)
        {
            return _segments
                .Where(segment => segment.LengthOnDisk < segment.Length)
                .Select(segment => (segment.Path, segment.LengthOnDisk))
                .ToList();
        }
    }

    /// <summary>Highest sequence number that was deleted in a log's folder, 0 when none was.</summary>
    /// <exception cref="JournalCorruptedException">The mark cannot be read.</exception>
    public static long DeletedTo(string folder)
    {
        var path = Path.Combine(folder, DeletedFile);
        if (!File.Exists(path))
            return 0;
        var text = File.ReadAllText(path);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var deletedTo)
            ? deletedTo
            : throw new JournalCorruptedException($"{path} at 0: \"{text}\" is not a sequence number");
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _segments.ForEach(segment => segment.Dispose());
            _segments.Clear();
        }
    }

    private void KeepHeadsTo(long sequenceNr)
    {
        using var gone = _heads.Collect();
        try
        {
            Read(1, Math.Min(sequenceNr, HighestSequenceNr), entry =>
            {
                gone.Note(entry, null);
                return true;
            });
        }
        catch (JournalCorruptedException cause)
        {
            _environment.Warn($"{_folder}: what is damaged leaves nothing in the history: {cause.Message}");
        }
        gone.Keep();
    }

    private void ReadDeletedTo() => HighestSequenceNr = _deletedTo = DeletedTo(_folder);

    private void OpenSegments()
    {
        foreach (var unfinished in Directory.GetFiles(_folder, "*" + Segment.Extension + ".new"))
            File.Delete(unfinished);
        var files = SegmentFiles();
        for (var i = 0; i < files.Count; i++)
        {
            var segment = Segment.Open(files[i], isLast: i == files.Count - 1, _environment);
            _segments.Add(segment);
            // Left by a deletion that a crash broke off, or by a crash that took entries which had been deleted.
            if (segment.LastSequenceNr <= _deletedTo)
                DeleteFirst();
            else if (segment.FirstSequenceNr > HighestSequenceNr + 1)
                throw new JournalCorruptedException($"{files[i]} at 0: follows sequence number {HighestSequenceNr}, a segment is missing");
            else
                HighestSequenceNr = segment.LastSequenceNr;
        }
    }

    // An empty one would be created once more under its own name.
    private bool IsFull(Segment last, LogEntry next) =>
        last.IsCleaned || (last.Length > 0 && (next.BeginsSegment || last.Length >= _environment.Settings.SegmentBytes));

    /// <summary>
    /// The segment files in order. A crash between the rename of a cleaned file and the deletion of those that it stands for
    /// leaves them lying in its range; the wider one is the newer.
    /// </summary>
    private List<string> SegmentFiles()
    {
        var files = new List<string>();
        var cleanedTo = 0L;
        foreach (var path in Directory.GetFiles(_folder, "*" + Segment.Extension)
            .OrderBy(path => SegmentName.Parse(path).First).ThenByDescending(path => SegmentName.Parse(path).CleanedTo ?? 0))
        {
            var name = SegmentName.Parse(path);
            if (name.First <= cleanedTo)
            {
                File.Delete(path);
                File.Delete(Path.ChangeExtension(path, SegmentIndex.Extension));
                continue;
            }
            cleanedTo = name.CleanedTo ?? cleanedTo;
            files.Add(path);
        }
        return files;
    }

    private List<Segment> Sealed(long from, long to)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var files = _segments.Where(segment => segment.LastSequenceNr >= from && segment.FirstSequenceNr <= to).ToList();
            if (files.Count > 0 && files[^1] == _segments[^1] && !files[^1].IsCleaned)
                throw new InvalidOperationException($"{_folder}: entries {from} to {to} are not all in sealed segments");
            return files;
        }
    }

    private Segment? Swap(List<Segment> files, SegmentRewrite rewrite)
    {
        lock (_gate)
        {
            var at = _segments.IndexOf(files[0]);
            if (_closed || at < 0 || at + files.Count > _segments.Count || !_segments.GetRange(at, files.Count).SequenceEqual(files))
                return null;
            files.ForEach(file => file.MarkReplaced(true));
            try
            {
                var cleaned = rewrite.Commit();
                _segments.RemoveRange(at, files.Count);
                _segments.Insert(at, cleaned);
                return cleaned;
            }
            catch
            {
                files.ForEach(file => file.MarkReplaced(false));
                throw;
            }
        }
    }

    private void ReadFrom(ref long next, long to, Func<LogEntry, bool> take)
    {
        var (first, covering) = Covering(next, to);
        foreach (var (segment, length) in covering)
        {
            foreach (var (entry, _) in segment.Walk(Math.Max(first, segment.FirstSequenceNr), length))
            {
                if (entry.SequenceNr < first)
                    continue;
                next = entry.SequenceNr + 1;
                // Ending with the last one asked for: a damaged entry behind it is none of this reader's business.
                if (entry.SequenceNr > to || !take(entry) || entry.SequenceNr == to)
                    return;
            }
        }
    }

    private Segment? Roll(long next)
    {
        Directory.CreateDirectory(_folder);
        var created = Segment.Create(_folder, next, _environment);
        var full = _segments.Count == 0 ? null : _segments[^1];
        full?.Seal();
        _segments.Add(created);
        return full;
    }

    private void DeleteFirst()
    {
        _segments[0].Delete();
        _segments.RemoveAt(0);
    }

    private (long First, List<(Segment Segment, long Length)> Segments) Covering(long from, long to)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var first = Math.Max(from, _deletedTo + 1);
            var segments = _segments
                .Where(segment => segment.LastSequenceNr >= Math.Max(first, segment.FirstSequenceNr) && segment.FirstSequenceNr <= to)
                .Select(segment => (segment, segment.Length))
                .ToList();
            return (first, segments);
        }
    }
}
