using System.Numerics;
using System.Runtime.InteropServices;

namespace Portask.Protocol.Records;

/// <summary>CRC-32C (Castagnoli, RFC 3720), which protects batches on the wire and entries on disk.</summary>
public static class Crc32C
{
    /// <summary>The checksum of one span.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what was summed before followed by <paramref name="data"/>.</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> data)
    {
        var crc = ~before;
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var single in data[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, single);
        return ~crc;
    }
}
