namespace Portask.Protocol.Records;

/// <summary>Reads the variable-length integers of records; every length is checked against what is left.</summary>
internal ref struct RecordCursor(ReadOnlySpan<byte> span, int at)
{
    private readonly ReadOnlySpan<byte> _span = span;

    /// <summary>Position of the next byte.</summary>
    internal int At { get; private set; } = at;

    internal readonly int Remaining => _span.Length - At;

    internal byte ReadByte() => At < _span.Length ? _span[At++] : throw Truncated(1);

    /// <summary>A zigzag varint of at most five bytes.</summary>
    internal int ReadVarint()
    {
        var raw = ReadUnsigned(28, 0x0f);
        return (int)((uint)raw >> 1) ^ -(int)(raw & 1);
    }

    /// <summary>A zigzag varlong of at most ten bytes.</summary>
    internal long ReadVarlong()
    {
        var raw = ReadUnsigned(63, 0x01);
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    /// <summary>A length of bytes that are there, or -1 for null.</summary>
    internal int ReadLength()
    {
        var length = ReadVarint();
        if (length < -1 || length > Remaining)
            throw Truncated(length);
        return length;
    }

    internal void Skip(int count) => At += count;

    // The last byte has room for few bits; more of them would be a number that no encoder writes.
    private ulong ReadUnsigned(int lastShift, byte lastMost)
    {
        var value = 0ul;
        for (var shift = 0; shift <= lastShift; shift += 7)
        {
            var part = ReadByte();
            if (shift == lastShift && part > lastMost)
                break;
            value |= (ulong)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
                return value;
        }
        throw new KafkaProtocolException($"a varint of a record is longer than {(lastShift == 28 ? 32 : 64)} bits");
    }

    private readonly KafkaProtocolException Truncated(int length) =>
        new($"a record expects {length} bytes where {Remaining} are left");
}
