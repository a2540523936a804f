using ZstdSharp;

namespace Portask.Protocol.Records;

/// <summary>
/// Zstandard (RFC 8878). Frames are decompressed in one step rather than as a stream, because a stream allocates the window
/// that a frame claims, up to 128 MiB, and one step needs no window beside its result.
/// </summary>
internal static class ZstdCodec
{
    internal const int DefaultLevel = 3;

    // A context has some 160 KiB of unmanaged memory, too much to make one for each batch.
    [ThreadStatic]
    private static Decompressor? _decompressor;

    internal static void Decompress(ReadOnlySpan<byte> data, DecompressionOutput output)
    {
        // Counts the blocks where the frame does not name its size, so it may be far above what the frame really has.
        var bound = Decompressor.GetDecompressedSize(data);
        var size = (int)Math.Min(bound, (ulong)output.Room);
        _decompressor ??= new Decompressor();
        if (!_decompressor.TryUnwrap(data, output.Free(size)[..size], out var written))
        {
            throw bound > (ulong)output.Room
                ? output.CapExceeded()
                : RecordCompression.Malformed(CompressionType.Zstd, "the content is longer than the frame says");
        }
        output.Advance(written);
    }

    internal static byte[] Compress(ReadOnlySpan<byte> data, int level)
    {
        using var compressor = new Compressor(level);
        return compressor.Wrap(data).ToArray();
    }
}
