using System.Buffers.Binary;
using System.Text;
using Portask.Protocol.Records;

namespace Portask.Protocol.Wire;

/// <summary>
/// Reads the primitive types of the protocol from one frame. Every length is checked against what is left before anything
/// is allocated for it, and byte fields are slices of the frame.
/// </summary>
public ref struct KafkaReader(ReadOnlyMemory<byte> memory)
{
    // A tag section with more entries than this is hostile: no message has more than a few tagged fields.
    private const int MaxTags = 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _memory = memory;
    private readonly ReadOnlySpan<byte> _span = memory.Span;
    private int _at;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _span.Length - _at;

    /// <summary>The bytes not read yet.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _memory[_at..];

    public bool ReadBool() => Take(1)[0] != 0;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    /// <summary>An unsigned varint of at most five bytes.</summary>
    public uint ReadUnsignedVarint()
    {
        var value = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Take(1)[0];
            if (shift == 28 && part > 0x0f)
                break;
            value |= (uint)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
                return value;
        }
        throw new KafkaProtocolException("a varint is longer than 32 bits");
    }

    /// <summary>A string; null only where the field may be null.</summary>
    public string? ReadString(bool compact, bool nullable)
    {
        var length = compact ? CompactLength() : ReadInt16();
        if (length < 0)
            return Null<string>(length, nullable);
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw new KafkaProtocolException("a string is not UTF-8");
        }
    }

    /// <summary>Bytes as a slice of the frame.</summary>
    public ReadOnlyMemory<byte>? ReadBytes(bool compact, bool nullable)
    {
        var length = compact ? CompactLength() : ReadInt32();
        if (length < 0)
        {
            Null<object>(length, nullable);
            return null;
        }
        var start = _at;
        Take(length);
        return _memory.Slice(start, length);
    }

    /// <summary>Record bytes as a slice of the frame.</summary>
    public RecordData? ReadRecords(bool compact, bool nullable) =>
        ReadBytes(compact, nullable) is { } slice ? new RecordData(slice) : null;

    /// <summary>The count of an array, -1 for null, refused when its elements could not fit into what is left.</summary>
    /// <param name="smallest">Fewest bytes of one element.</param>
    public int ReadArrayCount(bool compact, int smallest)
    {
        var count = compact ? CompactLength() : ReadInt32();
        if (count < -1 || (long)count * smallest > Remaining)
            throw new KafkaProtocolException($"an array of {count} elements does not fit into the {Remaining} bytes left");
        return count;
    }

    /// <summary>The marker before a struct that may be null: true when the struct follows.</summary>
    public bool ReadStructMarker(bool nullable)
    {
        if (ReadInt8() >= 0)
            return true;
        return nullable ? false : throw new KafkaProtocolException("a struct may not be null");
    }

    /// <summary>Number of tagged fields that follow.</summary>
    public int ReadTagCount()
    {
        var count = ReadUnsignedVarint();
        if (count > MaxTags || count * 2 > (uint)Remaining)
            throw new KafkaProtocolException($"{count} tagged fields do not fit into the {Remaining} bytes left");
        return (int)count;
    }

    /// <summary>Number of a tagged field and the position at which it ends, for <see cref="EndTag"/>.</summary>
    public (uint Tag, int End) ReadTagHeader()
    {
        var tag = ReadUnsignedVarint();
        var size = ReadUnsignedVarint();
        if (size > (uint)Remaining)
            throw new KafkaProtocolException($"a tagged field of {size} bytes does not fit into the {Remaining} bytes left");
        return (tag, _at + (int)size);
    }

    /// <summary>Skips what an unknown tag holds; a known one must end where it said.</summary>
    public void EndTag(int end)
    {
        if (_at > end)
            throw new KafkaProtocolException("a tagged field is longer than it said");
        _at = end;
    }

    /// <summary>Skips a whole tag section.</summary>
    public void SkipTags()
    {
        for (var left = ReadTagCount(); left > 0; left--)
            EndTag(ReadTagHeader().End);
    }

    private static T? Null<T>(int length, bool nullable)
        where T : class
    {
        if (length != -1)
            throw new KafkaProtocolException($"a length of {length} is negative");
        return nullable ? null : throw new KafkaProtocolException("a field that may not be null is null");
    }

    private int CompactLength()
    {
        var length = ReadUnsignedVarint();
        if (length > int.MaxValue)
            throw new KafkaProtocolException($"a length of {length} is out of range");
        return (int)length - 1;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _span.Length - _at)
            throw new KafkaProtocolException($"{count} bytes are expected and {_span.Length - _at} are left");
        var taken = _span.Slice(_at, count);
        _at += count;
        return taken;
    }
}
