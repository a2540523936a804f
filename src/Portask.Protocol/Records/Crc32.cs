namespace Portask.Protocol.Records;

/// <summary>CRC-32 (IEEE 802.3), which protects messages of magic 0 and 1.</summary>
public static class Crc32
{
    private const uint ReversedPolynomial = 0xedb88320;

    private static readonly uint[] Table = CreateTable();

    /// <summary>The checksum of one span.</summary>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var single in data)
            crc = Table[(byte)(crc ^ single)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var crc = index;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ ReversedPolynomial : crc >> 1;
            table[index] = crc;
        }
        return table;
    }
}
