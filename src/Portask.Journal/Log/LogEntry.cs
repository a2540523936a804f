using System.Buffers.Binary;
using System.Text;
using Portask.Protocol.Records;

namespace Portask.Journal.Log;

/// <summary>
/// One entry of a segment file: length (4), CRC-32C (4), sequence number (8), time in ms (8), serializer id (4), length of
/// the manifest (2), manifest, payload; little-endian. Length counts what follows the CRC, and the CRC covers it.
/// docs/log-format.md describes the same; the two change together.
/// </summary>
internal readonly record struct LogEntry(long SequenceNr, long TimestampMs, int SerializerId, string Manifest, ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether a new file begins with it. Not stored: the name of the file says it.</summary>
    public bool BeginsSegment { get; init; }

    /// <summary>Bytes of length and CRC.</summary>
    public const int PrefixSize = 8;

    /// <summary>Fewest bytes that the length may count.</summary>
    public const int SmallestLength = 8 + 8 + 4 + 2;

    /// <summary>The payload as one slice.</summary>
    public ReadOnlyMemory<byte> Payload => Head;

    /// <summary>Adds the entry's bytes to a gathered write and returns how many they are.</summary>
    public int AppendTo(List<ReadOnlyMemory<byte>> pieces)
    {
        var manifest = Encoding.UTF8.GetByteCount(Manifest);
        if (manifest > ushort.MaxValue)
            throw new ArgumentException($"sequence number {SequenceNr}: the manifest takes {manifest} bytes, {ushort.MaxValue} are the most");
        var length = SmallestLength + manifest + Head.Length + Body.Length;
        var head = new byte[PrefixSize + SmallestLength + manifest + Head.Length];
        var span = head.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], SequenceNr);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], TimestampMs);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], SerializerId);
        BinaryPrimitives.WriteUInt16LittleEndian(span[28..], (ushort)manifest);
        Encoding.UTF8.GetBytes(Manifest, span[30..]);
        Head.Span.CopyTo(span[(30 + manifest)..]);
        var crc = Crc32C.Append(Crc32C.Compute(span[PrefixSize..]), Body.Span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], crc);
        pieces.Add(head);
        if (Body.Length > 0)
            pieces.Add(Body);
        return PrefixSize + length;
    }

    /// <summary>Reads the entry at the front of <paramref name="bytes"/>; false when it is not whole or fails its CRC.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out LogEntry entry, out int size)
    {
        entry = default;
        size = 0;
        var span = bytes.Span;
        if (span.Length < PrefixSize + SmallestLength)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(span);
        if (length < SmallestLength || length > span.Length - PrefixSize)
            return false;
        var covered = span.Slice(PrefixSize, length);
        if (Crc32C.Compute(covered) != BinaryPrimitives.ReadUInt32LittleEndian(span[4..]))
            return false;
        var manifest = BinaryPrimitives.ReadUInt16LittleEndian(covered[20..]);
        if (manifest > length - SmallestLength)
            return false;
        size = PrefixSize + length;
        entry = new LogEntry(
            BinaryPrimitives.ReadInt64LittleEndian(covered),
            BinaryPrimitives.ReadInt64LittleEndian(covered[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(covered[16..]),
            Encoding.UTF8.GetString(covered.Slice(SmallestLength, manifest)),
            bytes[(PrefixSize + SmallestLength + manifest)..size],
            default);
        return true;
    }
}
