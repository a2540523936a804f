using System.Buffers.Binary;

namespace Portask.Protocol.Records;

/// <summary>
/// Reads a set of messages of magic 0 or 1 from first to last and checks the CRC of each. The offsets are not read: those
/// that a producer writes mean nothing.
/// </summary>
internal struct MessageSetReader(ReadOnlyMemory<byte> set)
{
    /// <summary>Bytes of offset and size, which the size does not count.</summary>
    internal const int EntryOverhead = 12;

    private const int CrcSize = 4;

    private ReadOnlyMemory<byte> _left = set;

    /// <summary>Reads the next message.</summary>
    /// <exception cref="KafkaProtocolException">A message is cut off, malformed or of another magic, or its CRC is wrong.</exception>
    internal bool TryReadNext(out LegacyMessage message)
    {
        message = default;
        if (_left.IsEmpty)
            return false;
        var entry = _left;
        var size = BinaryPrimitives.ReadInt32BigEndian(Take(ref entry, EntryOverhead).Span[8..]);
        var body = Take(ref entry, size);
        var crc = BinaryPrimitives.ReadUInt32BigEndian(Take(ref body, CrcSize).Span);
        if (Crc32.Compute(body.Span) != crc)
            throw new KafkaProtocolException("the CRC of a message does not match");
        var head = Take(ref body, 2).Span;
        if (head[0] > 1)
            throw new KafkaProtocolException($"a message of magic {head[0]} is inside a set of magic 0 or 1");
        var timestamp = head[0] == 0 ? -1 : BinaryPrimitives.ReadInt64BigEndian(Take(ref body, sizeof(long)).Span);
        var key = TakeBytes(ref body);
        var value = TakeBytes(ref body);
        if (!body.IsEmpty)
            throw new KafkaProtocolException($"a message has {body.Length} bytes behind its last field");
        message = new LegacyMessage(head[0], head[1], timestamp, key, value);
        _left = entry;
        return true;
    }

    private static ReadOnlyMemory<byte>? TakeBytes(ref ReadOnlyMemory<byte> from)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(Take(ref from, sizeof(int)).Span);
        // Not a conditional expression: in one, null would become an empty memory by way of a null array.
        if (length == -1)
            return null;
        return Take(ref from, length);
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> from, int count)
    {
        if (count < 0 || count > from.Length)
            throw new KafkaProtocolException($"a message expects {count} bytes where {from.Length} are left");
        var taken = from[..count];
        from = from[count..];
        return taken;
    }
}
