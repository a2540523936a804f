using System.Buffers.Binary;
using System.Text;

namespace Portask.Protocol.Tests.Shapes;

/// <summary>How <see cref="WireEncoder"/> chooses values.</summary>
internal enum Fill
{
    /// <summary>Any value, nulls and absent tags among them.</summary>
    Random,

    /// <summary>Nothing is null, empty or absent.</summary>
    Full,

    /// <summary>Zeros and empty strings; the arrays of one depth alone are long.</summary>
    Thin,
}

/// <summary>Where the count of an array stands in the encoded bytes.</summary>
internal readonly record struct CountPosition(string Name, int Offset, bool IsCompact, int Length);

/// <summary>
/// Encodes a message by its shape alone. It shares no code with the broker's writer, so that a fault would have to be made twice
/// to go unseen.
/// </summary>
internal sealed class WireEncoder(Random random, Fill fill, int longDepth = 0, int longCount = 0)
{
    private readonly List<byte> _bytes = [];
    private readonly List<CountPosition> _counts = [];

    public IReadOnlyList<CountPosition> Counts => _counts;

    public byte[] Encode(WireShape shape)
    {
        _bytes.Clear();
        _counts.Clear();
        Struct(shape.Fields, shape.IsFlexible, 0);
        return [.. _bytes];
    }

    public static byte[] Varint(uint value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private void Struct(IReadOnlyList<WireField> fields, bool flexible, int depth)
    {
        foreach (var field in fields.Where(field => field.Tag < 0))
            Value(field, flexible, depth);
        if (!flexible)
            return;
        var tagged = fields.Where(field => field.Tag >= 0 && HasTag()).OrderBy(field => field.Tag).ToList();
        _bytes.AddRange(Varint((uint)tagged.Count));
        foreach (var field in tagged)
            Tagged(field, flexible, depth);
    }

    private bool HasTag() => fill == Fill.Full || (fill == Fill.Random && random.Next(2) == 0);

    private void Tagged(WireField field, bool flexible, int depth)
    {
        var inner = new WireEncoder(random, Fill.Full);
        inner.Value(field, flexible, depth);
        _bytes.AddRange(Varint((uint)field.Tag));
        _bytes.AddRange(Varint((uint)inner._bytes.Count));
        _counts.AddRange(inner._counts.Select(count => count with { Offset = count.Offset + _bytes.Count }));
        _bytes.AddRange(inner._bytes);
    }

    private void Value(WireField field, bool flexible, int depth)
    {
        var isNull = field.IsNullable && fill == Fill.Random && random.Next(4) == 0;
        if (field.IsArray)
        {
            var count = isNull ? -1 : Count(depth);
            var start = _bytes.Count;
            Length(count, field.IsCompact, 4);
            _counts.Add(new CountPosition(field.Name, start, field.IsCompact, _bytes.Count - start));
            for (var left = count; left > 0; left--)
                Element(field, flexible, depth + 1, isNull: false);
        }
        else if (field.IsStruct && field.IsNullable)
        {
            _bytes.Add(isNull ? (byte)0xff : (byte)1);
            if (!isNull)
                Element(field, flexible, depth, isNull: false);
        }
        else
        {
            Element(field, flexible, depth, isNull);
        }
    }

    private int Count(int depth) => fill switch
    {
        Fill.Random => random.Next(4),
        Fill.Full => random.Next(1, 3),
        _ => depth == longDepth ? longCount : depth < longDepth ? 1 : 0,
    };

    private void Element(WireField field, bool flexible, int depth, bool isNull)
    {
        if (field.IsStruct)
            Struct(field.Children, flexible, depth);
        else if (field.Type is "string")
            Text(isNull, field.IsCompact);
        else if (field.Type is "bytes" or "records")
            Blob(isNull, field.IsCompact);
        else
            Number(field.Type);
    }

    private void Text(bool isNull, bool compact)
    {
        var text = isNull || fill == Fill.Thin ? [] : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Size(8)).Select(_ => (char)random.Next('a', 'ÿ'))));
        Length(isNull ? -1 : text.Length, compact, 2);
        _bytes.AddRange(text);
    }

    private void Blob(bool isNull, bool compact)
    {
        var blob = new byte[isNull || fill == Fill.Thin ? 0 : Size(300)];
        random.NextBytes(blob);
        Length(isNull ? -1 : blob.Length, compact, 4);
        _bytes.AddRange(blob);
    }

    private int Size(int limit) => random.Next(fill == Fill.Full ? 1 : 0, limit);

    private void Length(int length, bool compact, int width)
    {
        if (compact)
            _bytes.AddRange(Varint((uint)(length + 1)));
        else
            BigEndian(length, width);
    }

    // A full value is never a field's default, which the broker's writer would leave out of a tag section.
    private void Number(string type)
    {
        switch (type)
        {
            case "bool":
                _bytes.Add((byte)(fill == Fill.Full ? 1 : fill == Fill.Thin ? 0 : random.Next(2)));
                break;
            case "float64":
                BigEndian(BitConverter.DoubleToInt64Bits(fill == Fill.Thin ? 0 : random.NextDouble() + 1), 8);
                break;
            case "uuid":
                BigEndian(fill == Fill.Thin ? 0 : random.NextInt64(), 8);
                BigEndian(fill == Fill.Thin ? 0 : random.NextInt64(1, long.MaxValue), 8);
                break;
            default:
                var width = type switch { "int8" => 1, "int16" or "uint16" => 2, "int32" or "uint32" => 4, _ => 8 };
                BigEndian(fill switch { Fill.Thin => 0, Fill.Full => random.Next(17, 127), _ => random.NextInt64(long.MinValue, long.MaxValue) }, width);
                break;
        }
    }

    private void BigEndian(long value, int width)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(wide, value);
        _bytes.AddRange(wide[(8 - width)..]);
    }
}
