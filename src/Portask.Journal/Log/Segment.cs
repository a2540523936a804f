namespace Portask.Journal.Log;

/// <summary>
/// One segment file, named after the first sequence number in it. The last of a log is written and keeps its handle;
/// the ones before it are sealed and read through <see cref="ReadHandles"/>. A cleaned one is sealed too, and lacks entries.
/// </summary>
internal sealed class Segment : IDisposable
{
    public const string Extension = ".log";

    private readonly LogEnvironment _environment;
    private readonly SegmentName _name;
    private readonly SegmentIndex _index;
    private readonly object _gate = new();
    private SharedFile? _writer;
    private bool _cutIsDue;
    private bool _isSealed;
    private bool _isNew;
    private long _length;
    private long _onDisk;
    private long _checkpoint;
    private volatile bool _isReplaced;

    private Segment(string path, SegmentName name, SegmentIndex index, LogEnvironment environment)
    {
        Path = path;
        _name = name;
        LastSequenceNr = name.CleanedTo ?? name.First - 1;
        _environment = environment;
        _index = index;
    }

    public string Path { get; }

    public long FirstSequenceNr => _name.First;

    /// <summary>Sequence number of the last entry, or one less than the first when the segment is empty; of a cleaned one the last that it stands for.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>Bytes of whole entries.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>Bytes that a successful fsync covered.</summary>
    public long LengthOnDisk => Volatile.Read(ref _onDisk);

    /// <summary>Whether it stands for more entries than it holds.</summary>
    public bool IsCleaned => _name.CleanedTo is not null;

    /// <summary>True when the file was given back to the disk.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>True when the index file lags far enough behind, or lacks although nothing more is written.</summary>
    public bool CheckpointIsDue => _isSealed ? _checkpoint < Length : Length - _checkpoint >= _environment.Settings.CheckpointBytes;

    private string IndexPath => System.IO.Path.ChangeExtension(Path, SegmentIndex.Extension);

    public static Segment Create(string folder, long first, LogEnvironment environment)
    {
        var name = new SegmentName(first, null);
        var segment = New(System.IO.Path.Combine(folder, name.FileName), name, environment);
        // An index without its segment is left by a deletion that a crash broke off; it must not speak for the new file.
        segment.DeleteIndex();
        segment._writer = OpenWriter(segment.Path, FileMode.Create);
        segment._isNew = true;
        return segment;
    }

    /// <summary>Opens a file and walks the entries that its index file does not cover. A torn end of the last segment is cut.</summary>
    /// <exception cref="JournalCorruptedException">The file is damaged otherwise.</exception>
    public static Segment Open(string path, bool isLast, LogEnvironment environment)
    {
        var segment = New(path, SegmentName.Parse(path), environment);
        // A cleaned file was whole before it got its name, wherever it stands.
        isLast &= !segment.IsCleaned;
        if (!isLast && segment.TryTrustIndex())
            return segment;
        segment._writer = OpenWriter(path, FileMode.Open);
        try
        {
            segment.Recover(isLast);
            if (!isLast)
                segment.SealOnOpen();
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    /// <summary>A cleaned file that was just written and flushed.</summary>
    public static Segment OfCleaned(string path, SegmentName name, SegmentIndex index, long length, LogEnvironment environment)
    {
        var segment = new Segment(path, name, index, environment);
        (segment._length, segment._onDisk, segment._isSealed) = (length, length, true);
        return segment;
    }

    /// <summary>Writes entries behind the last one; on failure the file is put back to where it was.</summary>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        var handle = _writer!.Handle;
        if (_cutIsDue)
            Cut();
        var pieces = new List<ReadOnlyMemory<byte>>(entries.Count * 2);
        var noted = _index.Count;
        var at = _length;
        try
        {
            foreach (var entry in entries)
            {
                _index.Note(entry.SequenceNr, at);
                at += entry.AppendTo(pieces);
            }
            _cutIsDue = true;
            _environment.Disk.Write(handle, pieces, _length);
            _cutIsDue = false;
        }
        catch
        {
            _index.TakeBack(noted);
            // What was written of it must not stand before the next entry: a full disk has room again later.
            if (_cutIsDue)
                Cut();
            throw;
        }
        // A flush takes the two as one pair.
        lock (_gate)
        {
            LastSequenceNr = entries[^1].SequenceNr;
            Volatile.Write(ref _length, at);
        }
    }

    /// <summary>Nothing more is written: the next flush writes the index and closes the handle.</summary>
    public void Seal() => _isSealed = true;

    /// <summary>Flushes what is written, then the folder of a new file, then the index file if it is due.</summary>
    /// <returns>False when the segment was closed with bytes that no flush covered.</returns>
    /// <exception cref="IOException">The disk failed; nothing can be said about the bytes since the last flush.</exception>
    public bool Flush()
    {
        bool isSealed;
        long last, length;
        SharedFile? held;
        lock (_gate)
        {
            (isSealed, last, length) = (_isSealed, LastSequenceNr, _length);
            held = _writer is { } writer && writer.TryHold() ? writer : null;
        }
        if (held is null)
            return LengthOnDisk == length;
        using (held)
            _environment.Disk.Flush(held.Handle);
        if (_isNew && !IsDeleted)
            FlushFolders();
        Volatile.Write(ref _onDisk, length);
        if (CheckpointIsDue)
            SaveIndex(last, length);
        if (isSealed)
            CloseWriter();
        return true;
    }

    /// <summary>Reads entries from the first index point before a sequence number on; ends at the first that is damaged.</summary>
    /// <exception cref="SegmentReplacedException">A cleaned file has taken its place.</exception>
    public IEnumerable<(LogEntry Entry, long Position)> Walk(long sequenceNr, long length)
    {
        SharedFile? held = null;
        try
        {
            held = Hold();
        }
        catch (FileNotFoundException) when (IsDeleted || _isReplaced)
        {
        }
        // The mark is set before the new file gets its name, so a handle that was opened before the mark is of the old one.
        if (_isReplaced)
        {
            held?.Dispose();
            throw new SegmentReplacedException();
        }
        if (held is null)
            yield break;
        using (held)
        {
            var (due, position) = _index.Before(sequenceNr);
            foreach (var (entry, size) in SegmentScan.Walk(held.Handle, position, length))
            {
                if (!CleanedTrailer.Is(entry))
                {
                    CheckSequence(position, entry.SequenceNr, due);
                    yield return (entry, position);
                    due = entry.SequenceNr + 1;
                }
                position += size;
            }
            if (position < length)
                throw new JournalCorruptedException($"{Path} at {position}: damaged entry with sequence number {due}");
        }
    }

    /// <summary>Says that a cleaned file takes its place, or that it does not after all.</summary>
    public void MarkReplaced(bool isReplaced) => _isReplaced = isReplaced;

    /// <summary>Deletes the file and its index; readers that hold it read on.</summary>
    public void Delete()
    {
        IsDeleted = true;
        _environment.Disk.Delete(Path);
        DeleteIndex();
        Dispose();
    }

    /// <summary>Deletes the index file, which speaks for another file of this name.</summary>
    public void DeleteIndex() => File.Delete(IndexPath);

    /// <summary>Writes the index file of a segment that is sealed and on disk.</summary>
    public void SaveIndex() => SaveIndex(LastSequenceNr, Length);

    public void Dispose()
    {
        CloseWriter();
        _environment.Handles.Forget(Path);
    }

    private static Segment New(string path, SegmentName name, LogEnvironment environment) =>
        new(path, name, new SegmentIndex(environment.Settings.IndexIntervalBytes), environment);

    private static SharedFile OpenWriter(string path, FileMode mode) =>
        new(File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    private SharedFile Hold()
    {
        lock (_gate)
        {
            if (_writer is { } writer && writer.TryHold())
                return writer;
        }
        return _environment.Handles.Hold(Path);
    }

    private void CloseWriter()
    {
        lock (_gate)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private void FlushFolders()
    {
        // The folder of the log may be as new as the file, so its name is flushed too.
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        _environment.Disk.FlushFolder(folder);
        _environment.Disk.FlushFolder(System.IO.Path.GetDirectoryName(folder)!);
        _isNew = false;
    }

    private void Cut()
    {
        _environment.Disk.SetLength(_writer!.Handle, _length);
        _cutIsDue = false;
    }

    private bool TryTrustIndex()
    {
        if (!_index.TryLoad(IndexPath, out var last, out var length) || length != new FileInfo(Path).Length)
        {
            _index.TakeBack(0);
            return false;
        }
        (LastSequenceNr, _length, _onDisk, _checkpoint, _isSealed) = (last, length, length, length, true);
        return true;
    }

    private void Recover(bool isLast)
    {
        if (IsCleaned)
        {
            RecoverCleaned();
            return;
        }
        var handle = _writer!.Handle;
        var size = RandomAccess.GetLength(handle);
        var position = 0L;
        var due = FirstSequenceNr;
        if (isLast && _index.TryLoad(IndexPath, out var last, out var covered))
        {
            // No crash takes away what was flushed, so this is no torn end.
            if (covered > size)
                throw new JournalCorruptedException($"{Path} at {size}: the file ends here, {covered - size} bytes that were on disk are missing");
            (position, due) = (covered, last + 1);
            (_checkpoint, _onDisk) = (covered, covered);
        }
        foreach (var (entry, length) in SegmentScan.Walk(handle, position, size))
        {
            CheckSequence(position, entry.SequenceNr, due);
            _index.Note(due, position);
            position += length;
            due++;
        }
        _length = position;
        LastSequenceNr = due - 1;
        if (position < size)
            CutTornEnd(position, size, due, isLast);
    }

    private void RecoverCleaned()
    {
        var handle = _writer!.Handle;
        var size = RandomAccess.GetLength(handle);
        var isWhole = false;
        var due = FirstSequenceNr;
        foreach (var (entry, length) in SegmentScan.Walk(handle, 0, size))
        {
            isWhole = CleanedTrailer.Is(entry, _name);
            if (!isWhole)
                CheckSequence(_length, entry.SequenceNr, due);
            if (!isWhole || _index.Count == 0)
                _index.Note(entry.SequenceNr, _length);
            due = entry.SequenceNr + 1;
            _length += length;
        }
        if (!isWhole || _length < size)
            throw new JournalCorruptedException($"{Path} at {_length}: damaged entry of a cleaned segment, {size - _length} bytes follow");
    }

    private void CutTornEnd(long position, long size, long due, bool isLast)
    {
        if (!isLast)
            throw new JournalCorruptedException($"{Path} at {position}: damaged entry with sequence number {due}, and segments follow");
        // Something acknowledged may stand behind the damage; cutting it off would lose that without a word.
        if (SegmentScan.FindEntryAfter(_writer!.Handle, position, size, due) is { } next)
            throw new JournalCorruptedException($"{Path} at {position}: damaged entry with sequence number {due}, and entries follow at {next}");
        Cut();
        _environment.Warn($"{Path} at {position}: cut a torn end of {size - position} bytes");
    }

    private void SealOnOpen()
    {
        _environment.Warn($"{Path}: no valid index, read {_length} bytes to make one");
        Seal();
        Flush();
    }

    private void SaveIndex(long last, long length)
    {
        try
        {
            _environment.Disk.Replace(IndexPath, _index.Encode(last, length));
            _checkpoint = length;
            // A deletion that ran meanwhile did not see the file.
            if (IsDeleted)
                File.Delete(IndexPath);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // It only saves time on opening, so the log goes on without.
            _environment.Warn($"{IndexPath}: not written: {cause.Message}");
        }
    }

    private void CheckSequence(long position, long found, long due)
    {
        if (IsCleaned ? found < due || found > LastSequenceNr : found != due)
            throw OutOfSequence(position, found, due);
    }

    private JournalCorruptedException OutOfSequence(long position, long found, long due) =>
        new($"{Path} at {position}: sequence number {found} where {due} is due");
}
