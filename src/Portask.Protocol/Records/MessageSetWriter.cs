using System.Buffers;
using System.Buffers.Binary;

namespace Portask.Protocol.Records;

/// <summary>Writes a set of messages of magic 0 or 1.</summary>
internal sealed class MessageSetWriter(byte magic)
{
    // Bytes of offset and size, which the size does not count.
    private const int EntryOverhead = 12;

    // Size of an entry without key and value: offset, size, CRC, magic, attributes and the two lengths.
    private const int FixedSize = EntryOverhead + 4 + 1 + 1 + 4 + 4;

    private const int CrcStart = 16;

    private readonly ArrayBufferWriter<byte> _set = new();

    internal ReadOnlySpan<byte> Written => _set.WrittenSpan;

    /// <summary>Appends a message; magic 0 drops the timestamp.</summary>
    internal void Append(long offset, byte attributes, long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value)
    {
        var size = FixedSize + (magic == 0 ? 0 : sizeof(long)) + (key?.Length ?? 0) + (value?.Length ?? 0);
        var span = _set.GetSpan(size)[..size];
        BinaryPrimitives.WriteInt64BigEndian(span, offset);
        BinaryPrimitives.WriteInt32BigEndian(span[8..], size - EntryOverhead);
        span[CrcStart] = magic;
        span[CrcStart + 1] = attributes;
        var at = CrcStart + 2;
        if (magic != 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(span[at..], timestamp);
            at += sizeof(long);
        }
        at += WriteBytes(span[at..], key);
        WriteBytes(span[at..], value);
        BinaryPrimitives.WriteUInt32BigEndian(span[12..], Crc32.Compute(span[CrcStart..]));
        _set.Advance(size);
    }

    private static int WriteBytes(Span<byte> span, ReadOnlyMemory<byte>? bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(span, bytes?.Length ?? -1);
        bytes?.Span.CopyTo(span[sizeof(int)..]);
        return sizeof(int) + (bytes?.Length ?? 0);
    }
}
