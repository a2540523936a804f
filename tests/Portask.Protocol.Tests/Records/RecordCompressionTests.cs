using System.Text;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class RecordCompressionTests
{
    private const int MiB = 1024 * 1024;

    public static TheoryData<CompressionType> Codecs => new(Enum.GetValues<CompressionType>());

    public static TheoryData<CompressionType> RealCodecs =>
        new(CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd);

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_compressed_is_decompressed_to_the_same_bytes(CompressionType codec)
    {
        var random = new Random(1);
        foreach (var size in new[] { 0, 1, 2, 100, 32 * 1024, (32 * 1024) + 1, 64 * 1024, 300_000 })
        {
            var noise = new byte[size];
            random.NextBytes(noise);
            foreach (var data in new[] { noise, new byte[size] })
                Assert.Equal(data, RecordCompression.Decompress(codec, RecordCompression.Compress(codec, data), size).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Text_of_a_mebibyte_shrinks_and_comes_back(CompressionType codec)
    {
        var data = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("the quick brown fox ", (MiB / 20) + 1)))[..MiB];

        var compressed = RecordCompression.Compress(codec, data);

        Assert.InRange(compressed.Length, 1, MiB / 10);
        Assert.True(RecordCompression.Decompress(codec, compressed, MiB).Span.SequenceEqual(data));
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void A_bomb_is_refused_with_codec_and_cap_and_costs_little_memory(CompressionType codec)
    {
        var bomb = RecordCompression.Compress(codec, new byte[64 * MiB]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refusal = Assert.Throws<KafkaProtocolException>(() => RecordCompression.Decompress(codec, bomb, MiB));

        Assert.Contains(codec.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(MiB.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * MiB);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void The_cap_is_exact(CompressionType codec)
    {
        var compressed = RecordCompression.Compress(codec, new byte[1000]);

        Assert.Equal(1000, RecordCompression.Decompress(codec, compressed, 1000).Length);
        Assert.Throws<KafkaProtocolException>(() => RecordCompression.Decompress(codec, compressed, 999));
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Noise_is_refused_or_read_and_nothing_else(CompressionType codec)
    {
        var random = new Random((int)codec);
        for (var round = 0; round < 3000; round++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            RefuseOrRead(codec, noise);
        }
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Damaged_bytes_are_refused_or_read_and_nothing_else(CompressionType codec)
    {
        var random = new Random((int)codec);
        var data = new byte[5000];
        random.NextBytes(data.AsSpan(0, 2000));
        var whole = RecordCompression.Compress(codec, data);
        for (var round = 0; round < 3000; round++)
        {
            var damaged = whole.ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                // Half of the damage goes to the headers, where lengths are.
                var at = random.Next(random.Next(2) == 0 ? damaged.Length : 32);
                damaged[at] = (byte)random.Next(256);
            }
            RefuseOrRead(codec, damaged.AsMemory(0, random.Next(damaged.Length + 1)));
            RefuseOrRead(codec, damaged);
        }
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Bytes_that_are_cut_off_are_never_taken_for_the_whole(CompressionType codec)
    {
        var data = new byte[3000];
        new Random(5).NextBytes(data);
        var whole = RecordCompression.Compress(codec, data);
        for (var length = 0; length < whole.Length; length += 7)
        {
            try
            {
                Assert.NotEqual(data.Length, RecordCompression.Decompress(codec, whole.AsMemory(0, length), MiB).Length);
            }
            catch (KafkaProtocolException)
            {
            }
        }
    }

    [Fact]
    public void An_unknown_codec_is_refused()
    {
        Assert.Throws<KafkaProtocolException>(() => RecordCompression.Decompress((CompressionType)5, new byte[1], 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordCompression.Compress((CompressionType)7, new byte[1]));
    }

    private static void RefuseOrRead(CompressionType codec, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            Assert.InRange(RecordCompression.Decompress(codec, bytes, MiB).Length, 0, MiB);
        }
        catch (KafkaProtocolException)
        {
        }
    }
}
