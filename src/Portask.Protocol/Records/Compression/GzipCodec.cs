using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Portask.Protocol.Records;

/// <summary>gzip (RFC 1952), of one member or several.</summary>
internal static class GzipCodec
{
    // A gzip member with no content. The framework writes no bytes at all for no content, which no client can read.
    private static ReadOnlySpan<byte> EmptyMember =>
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The level that the framework takes for its own, as Kafka's -1 stands for that of zlib.</summary>
    internal const int DefaultLevel = -1;

    internal static void Decompress(ReadOnlyMemory<byte> data, DecompressionOutput output)
    {
        if (!MemoryMarshal.TryGetArray(data, out var segment))
            segment = new ArraySegment<byte>(data.ToArray());
        using var compressed = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
        using var stream = new GZipStream(compressed, CompressionMode.Decompress);
        output.AppendAll(stream);
        // The framework takes a member that is cut off for a whole one. A whole one ends with its own length.
        if (data.Length < EmptyMember.Length || BinaryPrimitives.ReadUInt32LittleEndian(data.Span[^sizeof(uint)..]) > output.Written)
            throw RecordCompression.Malformed(CompressionType.Gzip, "the last member is cut off");
    }

    internal static byte[] Compress(ReadOnlySpan<byte> data, int level)
    {
        if (data.IsEmpty)
            return EmptyMember.ToArray();
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
            stream.Write(data);
        return compressed.ToArray();
    }
}
