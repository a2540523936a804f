using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;
using K4os.Compression.LZ4.Streams;
using K4os.Hash.xxHash;

namespace Portask.Protocol.Records;

/// <summary>
/// The LZ4 frame format. Frames are taken apart here and only their blocks go to the library: its streams allocate for the
/// block size that a frame claims and refuse the header checksum of old Kafka clients.
/// </summary>
internal static class Lz4Codec
{
    /// <summary>Kafka's default, which its Java library reads as the fast compressor and any other number as a level of the strong one.</summary>
    internal const int DefaultLevel = 9;

    private const int SmallestHeader = 7;
    private const uint UncompressedFlag = 0x8000_0000;

    // A block grows by at most this factor, so no more is asked for however large the frame says its blocks are.
    private const long LargestRatio = 256;

    // Blocks may refer back this far into the ones before them.
    private const int Window = 64 * 1024;

    private static ReadOnlySpan<byte> Magic => [0x04, 0x22, 0x4d, 0x18];

    internal static void Decompress(ReadOnlySpan<byte> data, DecompressionOutput output)
    {
        while (!data.IsEmpty)
            data = data[AppendFrame(data, output)..];
    }

    /// <summary>One frame of independent blocks, the only kind that the Java client reads.</summary>
    internal static byte[] Compress(ReadOnlySpan<byte> data, int level)
    {
        var settings = new LZ4EncoderSettings { ChainBlocks = false, BlockSize = Window, CompressionLevel = LevelOf(level) };
        var buffer = new ArrayBufferWriter<byte>(Math.Max(256, data.Length / 2));
        LZ4Frame.Encode(data, buffer, settings);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Gives a frame of <see cref="Compress"/> the header checksum that readers of magic 0 expect: the first Kafka clients
    /// summed the frame's magic with the header, and that mistake became the format.
    /// </summary>
    internal static void UseOldHeaderChecksum(Span<byte> frame)
    {
        var end = HeaderSize((FrameFlags)frame[4]) - 1;
        frame[end] = Checksum(frame[..end]);
    }

    // The strong compressor has the levels 3 to 12; Kafka takes 1 to 17.
    private static LZ4Level LevelOf(int level) =>
        level == DefaultLevel ? LZ4Level.L00_FAST : (LZ4Level)Math.Clamp(level, (int)LZ4Level.L03_HC, (int)LZ4Level.L12_MAX);

    private static int AppendFrame(ReadOnlySpan<byte> data, DecompressionOutput output)
    {
        var header = ReadHeader(data);
        var flags = (FrameFlags)header[4];
        var blockSize = 1 << (8 + 2 * ((header[5] >> 4) & 7));
        var start = output.Written;
        var at = header.Length;
        while (true)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(Take(data, ref at, sizeof(uint)));
            if (size == 0)
                break;
            var block = Take(data, ref at, size & ~UncompressedFlag);
            if (block.Length > blockSize)
                throw Malformed("a block is larger than the frame says");
            if (flags.HasFlag(FrameFlags.BlockChecksum))
                Verify(block, Take(data, ref at, sizeof(uint)));
            if ((size & UncompressedFlag) != 0)
                output.Append(block);
            else
                AppendBlock(block, blockSize, flags.HasFlag(FrameFlags.IndependentBlocks) ? output.Written : start, output);
        }
        var content = output.Result.Span[start..];
        if (flags.HasFlag(FrameFlags.ContentChecksum))
            Verify(content, Take(data, ref at, sizeof(uint)));
        if (flags.HasFlag(FrameFlags.ContentSize) && BinaryPrimitives.ReadUInt64LittleEndian(header[6..]) != (ulong)content.Length)
            throw Malformed("the content is not as long as the frame says");
        return at;
    }

    private static void AppendBlock(ReadOnlySpan<byte> block, int blockSize, int windowStart, DecompressionOutput output)
    {
        if (output.Room == 0)
            throw output.CapExceeded();
        var most = (int)Math.Min(blockSize, block.Length * LargestRatio);
        var target = output.Free(most);
        var window = output.Result.Span[Math.Max(windowStart, output.Written - Window)..];
        var written = LZ4Codec.Decode(block, target[..Math.Min(most, target.Length)], window);
        if (written >= 0)
            output.Advance(written);
        // The library does not tell a bad block from one that does not fit, and only the cap can make it not fit.
        else
            throw output.Room < most ? output.CapExceeded() : Malformed("a block cannot be decoded");
    }

    private static ReadOnlySpan<byte> ReadHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length < SmallestHeader || !data.StartsWith(Magic))
            throw Malformed("the frame has no header");
        var flags = (FrameFlags)data[4];
        if ((data[4] >> 6) != 1 || flags.HasFlag(FrameFlags.Dictionary) || data[5] is not (0x40 or 0x50 or 0x60 or 0x70))
            throw Malformed("the frame has an unknown version, a dictionary or a bad block size");
        var at = 0;
        var header = Take(data, ref at, (uint)HeaderSize(flags));
        var checksum = header[^1];
        if (checksum != Checksum(header[4..^1]) && checksum != Checksum(header[..^1]))
            throw Malformed("the header checksum does not match");
        return header;
    }

    private static int HeaderSize(FrameFlags flags) => SmallestHeader + (flags.HasFlag(FrameFlags.ContentSize) ? sizeof(ulong) : 0);

    private static byte Checksum(ReadOnlySpan<byte> header) => (byte)(XXH32.DigestOf(header) >> 8);

    private static void Verify(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> checksum)
    {
        if (XXH32.DigestOf(bytes) != BinaryPrimitives.ReadUInt32LittleEndian(checksum))
            throw Malformed("a checksum does not match");
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> data, scoped ref int at, uint count)
    {
        if (count > (uint)(data.Length - at))
            throw Malformed($"{count} bytes are expected and {data.Length - at} are left");
        var taken = data.Slice(at, (int)count);
        at += (int)count;
        return taken;
    }

    private static KafkaProtocolException Malformed(string reason) => RecordCompression.Malformed(CompressionType.Lz4, reason);

    [Flags]
    private enum FrameFlags : byte
    {
        Dictionary = 0x01,
        ContentChecksum = 0x04,
        ContentSize = 0x08,
        BlockChecksum = 0x10,
        IndependentBlocks = 0x20,
    }
}
