using System.Buffers.Binary;

namespace Portask.Bridge.Partitioning;

/// <summary>The hash functions of Go clients.</summary>
internal static class Hashes
{
    public static uint Fnv1a(ReadOnlySpan<byte> data)
    {
        var hash = 2166136261u;
        foreach (var value in data)
            hash = (hash ^ value) * 16777619u;
        return hash;
    }

    /// <summary>MurmurHash 2 with the seed of Kafka's Java client.</summary>
    public static uint Murmur2(ReadOnlySpan<byte> data)
    {
        const uint mix = 0x5bd1e995;
        var hash = 0x9747b28cu ^ (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * mix;
            hash = (hash * mix) ^ ((word ^ (word >> 24)) * mix);
        }
        for (var i = data.Length - 1; i >= 0; i--)
            hash ^= (uint)data[i] << (8 * i);
        if (data.Length > 0)
            hash *= mix;
        hash = (hash ^ (hash >> 13)) * mix;
        return hash ^ (hash >> 15);
    }
}
