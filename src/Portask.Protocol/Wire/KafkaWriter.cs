using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Portask.Protocol.Records;

namespace Portask.Protocol.Wire;

/// <summary>
/// Writes the primitive types of the protocol. Small fields go into a buffer; record slices are kept by reference, so a
/// response is a list of pieces that one gathered send takes.
/// </summary>
public sealed class KafkaWriter
{
    // Slices shorter than this are copied: a piece of its own costs more in the gathered send than the copy.
    private const int SmallestPiece = 512;

    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private readonly Stack<(byte[] Buffer, int Start, int At, int Length)> _tags = new();
    private byte[] _buffer;
    private Dictionary<ErrorCode, int>? _errors;
    private int _start;
    private int _at;

    /// <summary>A writer whose first buffer has room for <paramref name="capacity"/> bytes.</summary>
    public KafkaWriter(int capacity = 256) => _buffer = new byte[capacity];

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>How often each error was written; null without any.</summary>
    public IReadOnlyDictionary<ErrorCode, int>? Errors => _errors;

    public void WriteBool(bool value) => Room(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Room(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Room(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);

    /// <summary>An error code. Wherever in a response an error stands, it passes here, so here is where errors are counted.</summary>
    public void WriteErrorCode(ErrorCode code)
    {
        WriteInt16((short)code);
        if (code != ErrorCode.None)
            CollectionsMarshal.GetValueRefOrAddDefault(_errors ??= [], code, out _)++;
    }

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Room(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Room(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Room(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Room(16), bigEndian: true, out _);

    public void WriteUnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            Room(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }
        Room(1)[0] = (byte)value;
    }

    /// <summary>A string, or null.</summary>
    /// <exception cref="InvalidOperationException">More than 32,767 bytes in a version without compact strings.</exception>
    public void WriteString(string? value, bool compact)
    {
        var length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (compact)
            WriteUnsignedVarint((uint)(length + 1));
        else
            WriteInt16(length <= short.MaxValue ? (short)length : throw new InvalidOperationException($"a string of {length} bytes is too long"));
        if (length > 0)
            Encoding.UTF8.GetBytes(value!, Room(length));
    }

    public void WriteBytes(ReadOnlyMemory<byte>? value, bool compact)
    {
        WriteLength(value?.Length ?? -1, compact);
        if (value is { } slice)
            WriteSlice(slice);
    }

    public void WriteRecords(RecordData? value, bool compact)
    {
        WriteLength(value?.Length ?? -1, compact);
        if (value is null)
            return;
        foreach (var slice in value.Slices)
            WriteSlice(slice);
    }

    public void WriteArrayCount(int count, bool compact) => WriteLength(count, compact);

    /// <summary>Bytes by reference when they are many.</summary>
    public void WriteSlice(ReadOnlyMemory<byte> slice)
    {
        if (slice.Length < SmallestPiece)
        {
            slice.Span.CopyTo(Room(slice.Length));
            return;
        }
        Flush();
        _pieces.Add(slice);
        Length += slice.Length;
    }

    /// <summary>Begins a tagged field, whose size is not known yet: its value is written aside.</summary>
    /// <returns>What <see cref="EndTag"/> takes.</returns>
    public int BeginTag(uint tag)
    {
        WriteUnsignedVarint(tag);
        Flush();
        _tags.Push((_buffer, _start, _at, Length));
        _buffer = new byte[64];
        _start = _at = 0;
        return _pieces.Count;
    }

    /// <summary>Ends a tagged field: writes its size and then its value.</summary>
    public void EndTag(int outer)
    {
        Flush();
        var value = _pieces.GetRange(outer, _pieces.Count - outer);
        _pieces.RemoveRange(outer, _pieces.Count - outer);
        (_buffer, _start, _at, var before) = _tags.Pop();
        var size = Length - before;
        Length = before;
        WriteUnsignedVarint((uint)size);
        foreach (var piece in value)
            WriteSlice(piece);
    }

    /// <summary>All that was written, in order. The writer is not written to afterwards.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ToPieces()
    {
        Flush();
        return _pieces;
    }

    /// <summary>All that was written as one array.</summary>
    public byte[] ToArray()
    {
        var whole = new byte[Length];
        var at = 0;
        foreach (var piece in ToPieces())
        {
            piece.CopyTo(whole.AsMemory(at));
            at += piece.Length;
        }
        return whole;
    }

    private void WriteLength(int length, bool compact)
    {
        if (compact)
            WriteUnsignedVarint((uint)(length + 1));
        else
            WriteInt32(length);
    }

    private Span<byte> Room(int count)
    {
        if (count > _buffer.Length - _at)
        {
            Flush();
            _buffer = new byte[Math.Max(count, Math.Min(_buffer.Length * 2, 64 * 1024))];
            _start = _at = 0;
        }
        var room = _buffer.AsSpan(_at, count);
        _at += count;
        Length += count;
        return room;
    }

    private void Flush()
    {
        if (_at > _start)
            _pieces.Add(_buffer.AsMemory(_start, _at - _start));
        _start = _at;
    }
}
