using System.IO.Compression;
using K4os.Compression.LZ4.Streams;
using Portask.Protocol.Records;
using Snappier;

namespace Portask.Protocol.Tests.Records;

public class CodecFormatTests
{
    private static readonly byte[] Sample = [.. Enumerable.Range(0, 200_000).Select(index => (byte)(index / 100))];

    [Fact]
    public void Checksums_are_those_of_the_standards()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));
    }

    [Fact]
    public void Snappy_is_written_in_the_framing_of_the_Java_library()
    {
        var framed = RecordCompression.Compress(CompressionType.Snappy, "abc"u8);

        // One block: length 3, a literal of 3 bytes.
        Assert.Equal("82534E41505059000000000100000001" + "00000005" + "0308616263", Convert.ToHexString(framed));
    }

    [Fact]
    public void Snappy_is_read_without_framing_and_with_a_header_in_the_middle()
    {
        var framed = RecordCompression.Compress(CompressionType.Snappy, Sample);

        Assert.Equal(Sample, Read(CompressionType.Snappy, Snappy.CompressToArray(Sample)));
        Assert.Equal([.. Sample, .. Sample], Read(CompressionType.Snappy, [.. framed, .. framed]));
    }

    [Fact]
    public void Gzip_is_read_in_several_members()
    {
        var member = RecordCompression.Compress(CompressionType.Gzip, Sample);

        Assert.Equal([.. Sample, .. Sample], Read(CompressionType.Gzip, [.. member, .. member]));
    }

    [Fact]
    public void Gzip_of_nothing_is_a_member_that_the_framework_reads()
    {
        using var stream = new GZipStream(
            new MemoryStream(RecordCompression.Compress(CompressionType.Gzip, [])), CompressionMode.Decompress);

        Assert.Equal(-1, stream.ReadByte());
    }

    [Fact]
    public void Lz4_is_written_in_independent_blocks_that_the_library_reads()
    {
        var frame = RecordCompression.Compress(CompressionType.Lz4, Sample);
        using var stream = LZ4Stream.Decode(new MemoryStream(frame));
        using var read = new MemoryStream();
        stream.CopyTo(read);

        Assert.Equal([0x04, 0x22, 0x4d, 0x18], frame[..4]);
        Assert.Equal(0x60, frame[4] & 0xe0);
        Assert.Equal(Sample, read.ToArray());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Lz4_is_read_with_linked_blocks_and_checksums(bool linked, bool checksums)
    {
        var settings = new LZ4EncoderSettings
        {
            ChainBlocks = linked,
            BlockChecksum = checksums,
            ContentChecksum = checksums,
        };
        using var frame = new MemoryStream();
        using (var stream = LZ4Stream.Encode(frame, settings, leaveOpen: true))
            stream.Write(Sample);

        Assert.Equal(Sample, Read(CompressionType.Lz4, frame.ToArray()));
    }

    [Fact]
    public void Lz4_with_a_wrong_header_checksum_is_refused()
    {
        var frame = RecordCompression.Compress(CompressionType.Lz4, Sample);
        frame[6] ^= 1;

        Assert.Throws<KafkaProtocolException>(() => Read(CompressionType.Lz4, frame));
    }

    [Fact]
    public void Zstandard_is_read_without_content_size()
    {
        using var frame = new MemoryStream();
        using (var stream = new ZstdSharp.CompressionStream(frame, leaveOpen: true))
            stream.Write(Sample);

        Assert.Equal(Sample, Read(CompressionType.Zstd, frame.ToArray()));
    }

    private static byte[] Read(CompressionType codec, byte[] data) => RecordCompression.Decompress(codec, data, 1 << 20).ToArray();
}
