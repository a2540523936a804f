using System.Buffers;
using System.Numerics;

namespace Portask.Protocol.Records;

/// <summary>
/// Writes zigzag varints. A number that fits into 32 bits has the same bytes as a varint and as a varlong, so one method
/// writes both.
/// </summary>
internal static class Varint
{
    private const int LargestSize = 10;

    /// <summary>Bytes that a number takes.</summary>
    internal static int SizeOf(long value) => (BitOperations.Log2(ZigZag(value) | 1) / 7) + 1;

    internal static void Write(IBufferWriter<byte> writer, long value)
    {
        var span = writer.GetSpan(LargestSize);
        var left = ZigZag(value);
        var count = 0;
        for (; left >= 0x80; left >>= 7)
            span[count++] = (byte)(left | 0x80);
        span[count++] = (byte)left;
        writer.Advance(count);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
