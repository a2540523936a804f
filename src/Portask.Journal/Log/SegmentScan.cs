using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>Reading of entries from a segment's bytes, whole and undamaged ones only.</summary>
internal static class SegmentScan
{
    private const int ChunkSize = 256 * 1024;

    /// <summary>Reads entries from a position on; ends at the first that is not whole or is damaged.</summary>
    public static IEnumerable<(LogEntry Entry, int Size)> Walk(SafeFileHandle handle, long position, long end)
    {
        var chunk = ReadOnlyMemory<byte>.Empty;
        while (position < end)
        {
            if (!LogEntry.TryParse(chunk, out var entry, out var size))
            {
                chunk = ReadChunk(handle, position, end);
                if (!LogEntry.TryParse(chunk, out entry, out size))
                    yield break;
            }
            yield return (entry, size);
            position += size;
            chunk = chunk[size..];
        }
    }

    /// <summary>Position of the first undamaged entry after a damaged one, or null when there is none.</summary>
    /// <param name="handle">The segment.</param>
    /// <param name="damaged">Where the damaged entry begins.</param>
    /// <param name="end">Where the segment ends.</param>
    /// <param name="due">Sequence number of the damaged entry.</param>
    public static long? FindEntryAfter(SafeFileHandle handle, long damaged, long end, long due)
    {
        const int Header = LogEntry.PrefixSize + LogEntry.SmallestLength;
        // No more entries than this fit into the rest, which rules out most chance matches before a CRC is computed.
        var highest = due + ((end - damaged) / Header) + 1;
        var buffer = new byte[ChunkSize];
        for (var at = damaged + 1; at + Header <= end; at += ChunkSize - Header + 1)
        {
            var window = buffer.AsSpan(0, ReadFully(handle, buffer.AsSpan(0, (int)Math.Min(ChunkSize, end - at)), at));
            for (var i = 0; i + Header <= window.Length; i++)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(window[i..]);
                if (length < LogEntry.SmallestLength || length > end - at - i - LogEntry.PrefixSize)
                    continue;
                var sequenceNr = BinaryPrimitives.ReadInt64LittleEndian(window[(i + LogEntry.PrefixSize)..]);
                if (sequenceNr < due || sequenceNr > highest)
                    continue;
                if (LogEntry.TryParse(ReadChunk(handle, at + i, end), out _, out _))
                    return at + i;
            }
        }
        return null;
    }

    // At least the entry at the position, and more when it is small, so that a scan is not one read an entry.
    private static ReadOnlyMemory<byte> ReadChunk(SafeFileHandle handle, long position, long end)
    {
        Span<byte> prefix = stackalloc byte[4];
        if (ReadFully(handle, prefix, position) < prefix.Length)
            return default;
        var entry = (long)BinaryPrimitives.ReadInt32LittleEndian(prefix) + LogEntry.PrefixSize;
        // A length that damage made up must not decide how much memory is taken.
        if (entry > end - position)
            return default;
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max(ChunkSize, entry), end - position));
        return buffer.AsMemory(0, ReadFully(handle, buffer, position));
    }

    private static int ReadFully(SafeFileHandle handle, Span<byte> buffer, long position)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            var got = RandomAccess.Read(handle, buffer[read..], position + read);
            if (got == 0)
                break;
            read += got;
        }
        return read;
    }
}
