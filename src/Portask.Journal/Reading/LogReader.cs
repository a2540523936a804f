using Microsoft.Win32.SafeHandles;
using Portask.Journal.History;
using Portask.Journal.Log;

namespace Portask.Journal.Reading;

/// <summary>Reads the records journal's segment files beside the broker that writes them.</summary>
/// <param name="directory">The folder that holds one folder for each persistence id.</param>
public sealed class LogReader(string directory) : IJournalReader
{
    private readonly Landmarks _landmarks = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds() => Directory.Exists(directory)
        ? [.. Directory.GetDirectories(directory).Select(folder => Uri.UnescapeDataString(Path.GetFileName(folder))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether the persistence id has a folder here.</summary>
    public bool Has(string persistenceId) => Directory.Exists(FolderOf(persistenceId));

    /// <summary>The folder of a persistence id's segments.</summary>
    public string FolderOf(string persistenceId) => Path.Combine(directory, LogRecordsJournal.FolderName(persistenceId));

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> Read(string persistenceId, long from, long to) =>
        Entries(FolderOf(persistenceId), from, to).Select(ToStored);

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Gone(string persistenceId) => [.. HeadFiles.Read(FolderOf(persistenceId)).Values];

    /// <inheritdoc/>
    public long SequenceNrAt(string persistenceId, long unixMs)
    {
        var folder = FolderOf(persistenceId);
        // Entries are in the order of their times but for steps of the clock, so one segment has to be read.
        foreach (var (_, name) in Enumerable.Reverse(SegmentFiles(folder)))
        {
            var last = Entries(folder, name.First, long.MaxValue).TakeWhile(entry => entry.TimestampMs <= unixMs).Select(entry => entry.SequenceNr).LastOrDefault();
            if (last > 0)
                return last;
        }
        return 0;
    }

    /// <inheritdoc/>
    public IEnumerable<CheckedEntry> Check(string persistenceId) => new LogCheck(FolderOf(persistenceId)).Run();

    /// <inheritdoc/>
    public long HighestSequenceNr(string persistenceId)
    {
        var folder = FolderOf(persistenceId);
        var (highest, files) = (EntityLog.DeletedTo(folder), SegmentFiles(folder));
        if (files is not [.., var (path, name)])
            return highest;
        highest = Math.Max(highest, name.CleanedTo ?? name.First - 1);
        using var handle = Open(path);
        return handle is null ? highest
            : Walk(handle, path, name, long.MaxValue, isLast: true).Select(entry => entry.SequenceNr).LastOrDefault() is var last && last > highest ? last : highest;
    }

    /// <inheritdoc/>
    public StoredSnapshot? HistoryStart(string persistenceId) => HeadFiles.ReadStart(FolderOf(persistenceId));

    /// <summary>None: snapshots are in the SQL database.</summary>
    public IReadOnlyList<StoredSnapshot> Snapshots(string persistenceId) => [];

    /// <summary>Nothing is held between two reads.</summary>
    public void Dispose()
    {
    }

    /// <summary>The segment files that count, in order: a cleaned one stands for those that lie in its range.</summary>
    internal static List<(string Path, SegmentName Name)> SegmentFiles(string folder)
    {
        var files = new List<(string Path, SegmentName Name)>();
        if (!Directory.Exists(folder))
            return files;
        var cleanedTo = 0L;
        foreach (var (path, name) in Directory.GetFiles(folder, "*" + Segment.Extension).Select(path => (path, SegmentName.Parse(path)))
            .OrderBy(file => file.Item2.First).ThenByDescending(file => file.Item2.CleanedTo ?? 0))
        {
            if (name.First <= cleanedTo)
                continue;
            cleanedTo = name.CleanedTo ?? cleanedTo;
            files.Add((path, name));
        }
        return files;
    }

    internal static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            // The broker has deleted or replaced it since the folder was listed.
            return null;
        }
    }

    internal static StoredEvent ToStored(LogEntry entry) =>
        new(entry.SequenceNr, entry.TimestampMs, entry.SerializerId, entry.Manifest, entry.Payload);

    private IEnumerable<LogEntry> Entries(string folder, long from, long to)
    {
        var next = from;
        for (var looksAgain = true; looksAgain;)
        {
            looksAgain = false;
            next = Math.Max(next, EntityLog.DeletedTo(folder) + 1);
            var files = SegmentFiles(folder);
            for (var i = 0; i < files.Count && files[i].Name.First <= to; i++)
            {
                if (i + 1 < files.Count && files[i + 1].Name.First <= next)
                    continue;
                using var handle = Open(files[i].Path);
                if (handle is null)
                {
                    looksAgain = true;
                    break;
                }
                foreach (var entry in Walk(handle, files[i].Path, files[i].Name, next, isLast: i == files.Count - 1))
                {
                    if (entry.SequenceNr < next)
                        continue;
                    if (entry.SequenceNr > to)
                        yield break;
                    next = entry.SequenceNr + 1;
                    yield return entry;
                }
            }
        }
    }

    /// <summary>Entries of a segment from the index point before a sequence number on.</summary>
    private IEnumerable<LogEntry> Walk(SafeFileHandle handle, string path, SegmentName name, long from, bool isLast)
    {
        var length = RandomAccess.GetLength(handle);
        var (due, position) = Start(handle, path, name, from, length);
        var isCleaned = name.CleanedTo is not null;
        foreach (var (entry, size) in SegmentScan.Walk(handle, position, length))
        {
            if (!CleanedTrailer.Is(entry))
            {
                if (isCleaned ? entry.SequenceNr < due : entry.SequenceNr != due)
                    throw new JournalCorruptedException($"{path} at {position}: sequence number {entry.SequenceNr} where {due} is due");
                _landmarks.Note(path, entry.SequenceNr, position);
                yield return entry;
                due = entry.SequenceNr + 1;
            }
            position += size;
        }
        // The end of the last segment may be an entry that is being written in this moment.
        if (position < length && (!isLast || isCleaned || SegmentScan.FindEntryAfter(handle, position, length, due) is not null))
            throw new JournalCorruptedException($"{path} at {position}: damaged entry with sequence number {due}");
    }

    /// <summary>An entry at or before a sequence number, to walk forward from.</summary>
    private (long Due, long Position) Start(SafeFileHandle handle, string path, SegmentName name, long from, long length)
    {
        var index = new SegmentIndex(intervalBytes: 0);
        var start = index.TryLoad(Path.ChangeExtension(path, SegmentIndex.Extension), out _, out _) ? index.Before(from) : (name.First, 0);
        if (_landmarks.Before(path, from) is not { } known || known.Position <= start.Item2)
            return start;
        // What was read may have been taken back and written anew since.
        if (SegmentScan.Walk(handle, known.Position, length).Select(one => (long?)one.Entry.SequenceNr).FirstOrDefault() == known.SequenceNr)
            return known;
        _landmarks.Forget(path);
        return start;
    }
}
