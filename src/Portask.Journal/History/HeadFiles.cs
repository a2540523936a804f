using Portask.Journal.Events;
using Portask.Journal.Log;
using Portask.Journal.Reading;
using Portask.Protocol.Records;

namespace Portask.Journal.History;

/// <summary>
/// What is kept of entries that left a log: files of entries in the form of segments, in a folder <c>history</c> beside them. Of a
/// batch that is its header, so that no record stays behind; markers of transactions and all other entries are kept whole.
/// docs/log-format.md describes the same; the two change together.
/// </summary>
internal static class HeadFiles
{
    public const string Extension = ".heads";

    private const string Folder = "history";
    private const string StartFile = "start";

    /// <summary>The folder of a log's history.</summary>
    public static string FolderOf(string logFolder) => Path.Combine(logFolder, Folder);

    /// <summary>The file with the snapshot that the history starts with.</summary>
    public static string StartOf(string logFolder) => Path.Combine(logFolder, Folder, StartFile);

    /// <summary>The files, oldest first.</summary>
    public static IReadOnlyList<string> FilesOf(string logFolder) => Directory.Exists(FolderOf(logFolder))
        ? [.. Directory.GetFiles(FolderOf(logFolder), "*" + Extension).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>An entry as it is kept once it is gone.</summary>
    public static LogEntry HeadOf(LogEntry entry)
    {
        if (entry.SerializerId != PartitionSerializer.Id || entry.Manifest != PartitionSerializer.BatchManifest)
            return entry;
        var payload = entry.Payload;
        const int Kept = PartitionSerializer.HeadSize + RecordBatch.HeaderSize;
        return payload.Length <= Kept || new RecordBatch(payload[PartitionSerializer.HeadSize..]).IsControl ? entry : entry with { Head = payload[..Kept].ToArray() };
    }

    /// <summary>What is known of gone entries by sequence number. The first that was kept of a number is what was appended.</summary>
    public static SortedDictionary<long, StoredEvent> Read(string logFolder)
    {
        var heads = new SortedDictionary<long, StoredEvent>();
        foreach (var path in FilesOf(logFolder))
            foreach (var entry in Entries(path).Entries)
                heads.TryAdd(entry.SequenceNr, LogReader.ToStored(entry));
        return heads;
    }

    /// <summary>The highest sequence number in some files.</summary>
    public static long HighestOf(IEnumerable<string> paths) =>
        paths.SelectMany(path => Entries(path).Entries).Select(entry => entry.SequenceNr).DefaultIfEmpty().Max();

    /// <summary>The snapshot that the history starts with; null when all of it is there, or the file is damaged.</summary>
    public static StoredSnapshot? ReadStart(string logFolder) => File.Exists(StartOf(logFolder)) && Entries(StartOf(logFolder)).Entries is [var entry]
        ? new StoredSnapshot(entry.SequenceNr, entry.TimestampMs, entry.SerializerId, entry.Manifest, entry.Payload)
        : null;

    /// <summary>Where files are damaged. A file may end in the middle of an entry that a crash cut off.</summary>
    public static IEnumerable<(string Path, long Position)> Damage(string logFolder)
    {
        foreach (var path in FilesOf(logFolder))
        {
            var (_, end, length) = Entries(path);
            using var handle = end < length ? LogReader.Open(path) : null;
            if (handle is not null && SegmentScan.FindEntryAfter(handle, end, length, 1) is not null)
                yield return (path, end);
        }
    }

    private static (IReadOnlyList<LogEntry> Entries, long End, long Length) Entries(string path)
    {
        using var handle = LogReader.Open(path);
        if (handle is null)
            return ([], 0, 0);
        var (entries, end, length) = (new List<LogEntry>(), 0L, RandomAccess.GetLength(handle));
        foreach (var (entry, size) in SegmentScan.Walk(handle, 0, length))
        {
            entries.Add(entry);
            end += size;
        }
        return (entries, end, length);
    }
}
