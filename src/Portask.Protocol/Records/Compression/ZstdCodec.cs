using System.Buffers;
using ZstdSharp;

namespace Portask.Protocol.Records;

/// <summary>
/// Zstandard (RFC 8878). Frames are decompressed in one step rather than as a stream, because a stream allocates the window
/// that a frame claims, up to 128 MiB, and one step needs no window beside its result.
/// </summary>
internal static class ZstdCodec
{
    private const int Level = 3;

    // A context has some 160 KiB of unmanaged memory, too much to make one for each batch.
    [ThreadStatic]
    private static Decompressor? _decompressor;

    internal static ReadOnlyMemory<byte> Decompress(ReadOnlySpan<byte> data, int maxBytes)
    {
        // Counts the blocks where the frame does not name its size, so it may be far above what the frame really has.
        var bound = Decompressor.GetDecompressedSize(data);
        var size = (int)Math.Min(bound, (ulong)maxBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            _decompressor ??= new Decompressor();
            if (_decompressor.TryUnwrap(data, buffer.AsSpan(0, size), out var written))
                return buffer.AsMemory(0, written).ToArray();
            throw bound > (ulong)maxBytes
                ? RecordCompression.CapExceeded(CompressionType.Zstd, maxBytes)
                : RecordCompression.Malformed(CompressionType.Zstd, "the content is longer than the frame says");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal static byte[] Compress(ReadOnlySpan<byte> data)
    {
        using var compressor = new Compressor(Level);
        return compressor.Wrap(data).ToArray();
    }
}
