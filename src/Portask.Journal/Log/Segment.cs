using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>One segment file, named after the first sequence number in it, with a sparse index in memory.</summary>
internal sealed class Segment : IDisposable
{
    public const string Extension = ".log";

    private readonly int _indexIntervalBytes;
    private readonly List<(long SequenceNr, long Position)> _index = [];
    private long _lastIndexed = long.MinValue;

    private Segment(string path, long first, SafeFileHandle handle, int indexIntervalBytes)
    {
        Path = path;
        FirstSequenceNr = first;
        LastSequenceNr = first - 1;
        Handle = handle;
        _indexIntervalBytes = indexIntervalBytes;
    }

    public string Path { get; }

    public long FirstSequenceNr { get; }

    /// <summary>Sequence number of the last entry, or one less than the first when the segment is empty.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>Bytes of whole entries.</summary>
    public long Length { get; private set; }

    public SafeFileHandle Handle { get; }

    public static Segment Create(string folder, long first, int indexIntervalBytes)
    {
        var path = System.IO.Path.Combine(folder, $"{first:D20}{Extension}");
        var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
        return new Segment(path, first, handle, indexIntervalBytes);
    }

    /// <summary>Opens a file and walks its entries. A torn end is cut when this is the last segment, and an error otherwise.</summary>
    /// <param name="cut">Told of the position and the bytes that were cut.</param>
    public static Segment Open(string path, int indexIntervalBytes, bool isLast, Action<string> cut)
    {
        var first = long.Parse(System.IO.Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture);
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
        var segment = new Segment(path, first, handle, indexIntervalBytes);
        try
        {
            segment.Recover(isLast, cut);
            return segment;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes entries behind the last one; on failure the file is put back to where it was.</summary>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        var pieces = new List<ReadOnlyMemory<byte>>(entries.Count * 2);
        var at = Length;
        foreach (var entry in entries)
        {
            NoteIndex(entry.SequenceNr, at);
            at += entry.AppendTo(pieces);
        }
        try
        {
            RandomAccess.Write(Handle, pieces, Length);
        }
        catch
        {
            // What was written of it must not stand before the next entry: a full disk has room again later.
            RandomAccess.SetLength(Handle, Length);
            throw;
        }
        Length = at;
        LastSequenceNr = entries[^1].SequenceNr;
    }

    /// <summary>Position from which <paramref name="sequenceNr"/> is found by walking forward.</summary>
    public long PositionBefore(long sequenceNr)
    {
        lock (_index)
        {
            var low = 0;
            var high = _index.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_index[middle].SequenceNr <= sequenceNr)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low == 0 ? 0 : _index[low - 1].Position;
        }
    }

    public void Dispose() => Handle.Dispose();

    private void Recover(bool isLast, Action<string> cut)
    {
        var size = RandomAccess.GetLength(Handle);
        var position = 0L;
        var expected = FirstSequenceNr;
        foreach (var (entry, length) in Walk(0, size))
        {
            if (entry.SequenceNr != expected)
                throw new JournalCorruptedException($"{Path} at {position}: sequence number {entry.SequenceNr} where {expected} is due");
            NoteIndex(entry.SequenceNr, position);
            position += length;
            expected++;
        }
        Length = position;
        LastSequenceNr = expected - 1;
        if (position == size)
            return;
        if (!isLast)
            throw new JournalCorruptedException($"{Path} at {position}: damaged entry before the end of the log");
        RandomAccess.SetLength(Handle, position);
        cut($"{Path} at {position}: cut a torn end of {size - position} bytes");
    }

    /// <summary>Reads whole, undamaged entries from a position on; ends at the first that is neither.</summary>
    public IEnumerable<(LogEntry Entry, int Size)> Walk(long position, long end)
    {
        var chunk = ReadOnlyMemory<byte>.Empty;
        while (position < end)
        {
            if (!LogEntry.TryParse(chunk, out var entry, out var size))
            {
                chunk = ReadChunk(position, end, chunk);
                if (!LogEntry.TryParse(chunk, out entry, out size))
                    yield break;
            }
            yield return (entry, size);
            position += size;
            chunk = chunk[size..];
        }
    }

    // At least the entry at the position, and more when it is small, so that a scan is not one read an entry.
    private ReadOnlyMemory<byte> ReadChunk(long position, long end, ReadOnlyMemory<byte> seen)
    {
        const int Chunk = 256 * 1024;
        var wanted = (long)Chunk;
        Span<byte> prefix = stackalloc byte[4];
        if (seen.Length >= 4)
            seen.Span[..4].CopyTo(prefix);
        else if (RandomAccess.Read(Handle, prefix, position) < 4)
            return default;
        wanted = Math.Max(wanted, (long)BinaryPrimitives.ReadInt32LittleEndian(prefix) + LogEntry.PrefixSize);
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(wanted, end - position));
        var read = 0;
        while (read < buffer.Length)
        {
            var got = RandomAccess.Read(Handle, buffer.AsSpan(read), position + read);
            if (got == 0)
                break;
            read += got;
        }
        return buffer.AsMemory(0, read);
    }

    private void NoteIndex(long sequenceNr, long position)
    {
        if (position - _lastIndexed < _indexIntervalBytes && _lastIndexed != long.MinValue)
            return;
        lock (_index)
            _index.Add((sequenceNr, position));
        _lastIndexed = position;
    }
}
