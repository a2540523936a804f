using System.Buffers.Binary;
using Portask.Protocol.Records;

namespace Portask.Journal.Log;

/// <summary>
/// The sparse index of a segment, and the file beside the segment that keeps it: magic (4), CRC-32C of what follows (4),
/// last sequence number (8), bytes of the segment that it covers (8), count (4), then sequence number (8) and position (8) of
/// each; little-endian. The file is written only when the bytes it covers are on disk, so it also tells how much was.
/// </summary>
internal sealed class SegmentIndex(int intervalBytes)
{
    public const string Extension = ".index";

    private const uint Magic = 0x31584A50; // PJX1
    private const int HeaderSize = 28;
    private const int PointSize = 16;

    private readonly List<(long SequenceNr, long Position)> _points = [];

    /// <summary>Sequence numbers and positions, for who loaded them.</summary>
    public IReadOnlyList<(long SequenceNr, long Position)> Points => _points;

    /// <summary>Points so far, for the writer; it alone adds, so what it reads needs no lock.</summary>
    public int Count => _points.Count;

    /// <summary>Notes where an entry begins, if the last noted is far enough before it.</summary>
    public void Note(long sequenceNr, long position)
    {
        if (_points.Count > 0 && position - _points[^1].Position < intervalBytes)
            return;
        lock (_points)
            _points.Add((sequenceNr, position));
    }

    /// <summary>Forgets what was noted after the first <paramref name="count"/>: it was not written after all.</summary>
    public void TakeBack(int count)
    {
        lock (_points)
            _points.RemoveRange(count, _points.Count - count);
    }

    /// <summary>The last noted entry at or before a sequence number: one to walk forward from.</summary>
    public (long SequenceNr, long Position) Before(long sequenceNr)
    {
        lock (_points)
        {
            var low = 0;
            var high = _points.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_points[middle].SequenceNr <= sequenceNr)
                    low = middle + 1;
                else
                    high = middle;
            }
            return _points[Math.Max(low - 1, 0)];
        }
    }

    /// <summary>The file's bytes for a segment whose first <paramref name="length"/> bytes end with <paramref name="last"/>.</summary>
    public byte[] Encode(long last, long length)
    {
        lock (_points)
        {
            var count = _points.FindLastIndex(point => point.Position < length) + 1;
            var bytes = new byte[HeaderSize + (count * PointSize)];
            var span = bytes.AsSpan();
            BinaryPrimitives.WriteUInt32LittleEndian(span, Magic);
            BinaryPrimitives.WriteInt64LittleEndian(span[8..], last);
            BinaryPrimitives.WriteInt64LittleEndian(span[16..], length);
            BinaryPrimitives.WriteInt32LittleEndian(span[24..], count);
            for (var i = 0; i < count; i++)
            {
                var at = span[(HeaderSize + (i * PointSize))..];
                BinaryPrimitives.WriteInt64LittleEndian(at, _points[i].SequenceNr);
                BinaryPrimitives.WriteInt64LittleEndian(at[8..], _points[i].Position);
            }
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Crc32C.Compute(span[8..]));
            return bytes;
        }
    }

    /// <summary>Takes over what a file holds; false when there is none or it is damaged.</summary>
    public bool TryLoad(string path, out long last, out long length)
    {
        (last, length) = (0, 0);
        if (!File.Exists(path))
            return false;
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Crc32C.Compute(bytes[8..]))
        {
            return false;
        }
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        if (count < 1 || bytes.Length != HeaderSize + ((long)count * PointSize))
            return false;
        last = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        length = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        for (var at = bytes[HeaderSize..]; at.Length > 0; at = at[PointSize..])
            _points.Add((BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..])));
        return true;
    }
}
