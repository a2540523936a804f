using System.Buffers.Binary;
using Snappier;

namespace Portask.Protocol.Records;

/// <summary>
/// Snappy blocks in the framing of the Java library (xerial), which the Java client requires. librdkafka and kafka-go may
/// send one block without framing, so reading takes both.
/// </summary>
internal static class SnappyCodec
{
    // The chunk size of the Java library; its readers size their buffer for it.
    private const int ChunkSize = 32 * 1024;

    private const int FrameHeaderSize = 16;

    // The longest copy is 64 bytes out of three, so a block that claims more than this ratio lies about its length.
    private const long LargestRatio = 22;

    private static ReadOnlySpan<byte> FrameHeader => [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];

    private static ReadOnlySpan<byte> FrameMagic => FrameHeader[..8];

    internal static void Decompress(ReadOnlySpan<byte> data, DecompressionOutput output)
    {
        if (!data.StartsWith(FrameMagic))
        {
            AppendBlock(data, output);
            return;
        }
        while (!data.IsEmpty)
        {
            // Streams that were appended to each other have a header in the middle. Its versions say nothing of use.
            if (data.StartsWith(FrameMagic))
            {
                data = Rest(data, FrameHeaderSize);
                continue;
            }
            var length = data.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(data);
            if (length < 0 || length > data.Length - sizeof(int))
                throw Malformed($"a chunk of {length} bytes does not fit into the {data.Length} bytes left");
            AppendBlock(data.Slice(sizeof(int), length), output);
            data = data[(sizeof(int) + length)..];
        }
    }

    internal static byte[] Compress(ReadOnlySpan<byte> data)
    {
        var chunks = (data.Length + ChunkSize - 1) / ChunkSize;
        var largestChunk = Snappy.GetMaxCompressedLength(Math.Min(data.Length, ChunkSize));
        var buffer = new byte[FrameHeaderSize + chunks * (sizeof(int) + largestChunk)];
        FrameHeader.CopyTo(buffer);
        var at = FrameHeaderSize;
        for (; !data.IsEmpty; data = data[Math.Min(ChunkSize, data.Length)..])
        {
            var length = Snappy.Compress(data[..Math.Min(ChunkSize, data.Length)], buffer.AsSpan(at + sizeof(int)));
            BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(at), length);
            at += sizeof(int) + length;
        }
        return buffer.AsSpan(0, at).ToArray();
    }

    private static void AppendBlock(ReadOnlySpan<byte> block, DecompressionOutput output)
    {
        var length = Snappy.GetUncompressedLength(block);
        if (length < 0 || length > block.Length * LargestRatio)
            throw Malformed($"a block of {block.Length} bytes cannot hold {length}");
        if (length > output.Room)
            throw output.CapExceeded();
        var written = Snappy.Decompress(block, output.Free(length)[..length]);
        if (written != length)
            throw Malformed($"a block has {written} bytes where it claims {length}");
        output.Advance(length);
    }

    private static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> data, int start) =>
        data.Length >= start ? data[start..] : throw Malformed("the header is cut off");

    private static KafkaProtocolException Malformed(string reason) => RecordCompression.Malformed(CompressionType.Snappy, reason);
}
