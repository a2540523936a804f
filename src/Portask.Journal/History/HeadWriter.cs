using System.Globalization;
using Portask.Journal.Log;
using Portask.Journal.Reading;

namespace Portask.Journal.History;

/// <summary>
/// Keeps what is known of entries that leave a log, in files that are given up one after the other by age and bytes. It never
/// stands in the way of what makes room: when the disk refuses, the entries go without leaving anything.
/// </summary>
internal sealed class HeadWriter(string logFolder, LogEnvironment environment)
{
    // Files are given up as a whole, so this is by how much the bound is undershot then.
    private const int FilesWithinBound = 16;
    private const int WriteBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private string? _path;
    private long _position;
    private bool _isForgotten;

    private HistorySettings Settings => environment.Settings.History;

    /// <summary>Begins to note entries that are about to go.</summary>
    public Leaving Collect() => new(this, environment.Settings.History.Retention > TimeSpan.Zero && !_isForgotten);

    /// <summary>Forgets all of it, and keeps nothing from now on.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            (_path, _isForgotten) = (null, true);
            if (Directory.Exists(HeadFiles.FolderOf(logFolder)))
                Directory.Delete(HeadFiles.FolderOf(logFolder), recursive: true);
        }
    }

    private void Keep(List<ReadOnlyMemory<byte>> pieces, int bytes)
    {
        lock (_gate)
        {
            if (_isForgotten || bytes == 0)
                return;
            try
            {
                Write(pieces, bytes);
                Prune();
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                _path = null;
                environment.Warn($"{HeadFiles.FolderOf(logFolder)}: history was not written: {cause.Message}");
            }
        }
    }

    private void Write(List<ReadOnlyMemory<byte>> pieces, int bytes)
    {
        // A new file after each start too: the end of an older one may be torn.
        if (_path is null || _position >= Settings.MaxBytes / FilesWithinBound)
            Begin();
        using (var handle = File.OpenHandle(_path!, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete))
        {
            environment.Disk.Write(handle, pieces, _position);
            environment.Disk.Flush(handle);
        }
        _position += bytes;
    }

    private void Begin()
    {
        var folder = HeadFiles.FolderOf(logFolder);
        Directory.CreateDirectory(folder);
        var last = HeadFiles.FilesOf(logFolder).Select(path => long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture)).LastOrDefault();
        (_path, _position) = (Path.Combine(folder, $"{last + 1:D20}{HeadFiles.Extension}"), 0);
        File.WriteAllBytes(_path, []);
        environment.Disk.FlushFolder(folder);
    }

    /// <summary>Gives up the files that are past their time or too much, and notes the state that the history then starts with.</summary>
    private void Prune()
    {
        var files = HeadFiles.FilesOf(logFolder).Select(path => new FileInfo(path)).ToList();
        var bytes = files.Sum(file => file.Length);
        var gone = new List<FileInfo>();
        foreach (var file in files.SkipLast(1))
        {
            if (bytes <= Settings.MaxBytes && file.LastWriteTimeUtc >= DateTime.UtcNow - Settings.Retention)
                break;
            gone.Add(file);
            bytes -= file.Length;
        }
        if (gone.Count == 0)
            return;
        WriteStart(gone);
        gone.ForEach(file => file.Delete());
    }

    private void WriteStart(List<FileInfo> gone)
    {
        var highest = HeadFiles.HighestOf(gone.Select(file => file.FullName));
        var start = HeadFiles.ReadStart(logFolder);
        if (start?.SequenceNr >= highest)
            return;
        var reader = new LogReader(Path.GetDirectoryName(logFolder)!);
        if (HistoryStart.Fold(reader, Uri.UnescapeDataString(Path.GetFileName(logFolder)), start, highest) is not { } next)
        {
            environment.Warn($"{HeadFiles.FolderOf(logFolder)}: the history starts later, with the partition's own snapshot");
            return;
        }
        var pieces = new List<ReadOnlyMemory<byte>>();
        new LogEntry(next.SequenceNr, next.TimeMs, next.SerializerId, next.Manifest, next.Payload, default).AppendTo(pieces);
        environment.Disk.Replace(HeadFiles.StartOf(logFolder), pieces[0].Span);
    }

    /// <summary>Entries that are about to go. They are written in pieces, so that a large log is never held in memory.</summary>
    internal sealed class Leaving(HeadWriter writer, bool isKept) : IDisposable
    {
        private readonly List<ReadOnlyMemory<byte>> _pieces = [];
        private int _bytes;

        /// <summary>Notes an entry unless it stays as it is.</summary>
        /// <param name="after">The entry from now on, null when it goes.</param>
        /// <returns>The same entry.</returns>
        public LogEntry? Note(LogEntry entry, LogEntry? after)
        {
            if (!isKept || (after is { } same && same == entry))
                return after;
            _bytes += HeadFiles.HeadOf(entry).AppendTo(_pieces);
            if (_bytes >= WriteBytes)
                Keep();
            return after;
        }

        /// <summary>Has what was noted on disk when it returns.</summary>
        public void Keep()
        {
            writer.Keep(_pieces, _bytes);
            Dispose();
        }

        /// <summary>Forgets what was noted and not kept.</summary>
        public void Dispose()
        {
            _pieces.Clear();
            _bytes = 0;
        }
    }
}
