using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Portask.Protocol.Frames;

/// <summary>Cuts a stream of bytes into frames: a length of four bytes, then that many bytes.</summary>
public static class FrameReader
{
    /// <summary>Bytes of the length before a frame.</summary>
    public const int LengthSize = 4;

    /// <summary>Takes one whole frame off the front of the buffer; the frame is an array of its own.</summary>
    /// <param name="maxBytes">Largest frame accepted.</param>
    /// <returns>False when the frame has not arrived whole.</returns>
    /// <exception cref="KafkaProtocolException">The length is negative or above the bound; nothing was allocated for it.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxBytes, [NotNullWhen(true)] out byte[]? frame)
    {
        frame = null;
        if (!TryReadLength(buffer, maxBytes, out var length) || buffer.Length - LengthSize < length)
            return false;
        frame = GC.AllocateUninitializedArray<byte>(length);
        buffer.Slice(LengthSize, length).CopyTo(frame);
        buffer = buffer.Slice(LengthSize + length);
        return true;
    }

    /// <summary>Reads the length of the next frame without taking it.</summary>
    public static bool TryReadLength(ReadOnlySequence<byte> buffer, int maxBytes, out int length)
    {
        length = 0;
        if (buffer.Length < LengthSize)
            return false;
        Span<byte> bytes = stackalloc byte[LengthSize];
        buffer.Slice(0, LengthSize).CopyTo(bytes);
        length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (length < 0 || length > maxBytes)
            throw new KafkaProtocolException($"a request of {length} bytes; the largest accepted is {maxBytes}");
        return true;
    }
}
