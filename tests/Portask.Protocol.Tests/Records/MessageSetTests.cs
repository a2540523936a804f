using System.Buffers.Binary;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class MessageSetTests
{
    public static TheoryData<CompressionType, byte> CodecsAndMagics
    {
        get
        {
            var data = new TheoryData<CompressionType, byte>();
            foreach (var codec in Enum.GetValues<CompressionType>())
            {
                data.Add(codec, 0);
                data.Add(codec, 1);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CodecsAndMagics))]
    public void Down_and_up_again_gives_the_same_records(CompressionType codec, byte magic)
    {
        var random = new Random(magic);
        for (var round = 0; round < 50; round++)
        {
            var builder = new RecordBatchBuilder { Compression = codec };
            var expected = new List<string>();
            for (var offset = 0; offset < round + 1; offset++)
            {
                var value = new byte[random.Next(200)];
                random.NextBytes(value);
                ReadOnlyMemory<byte>? key = offset % 2 == 0 ? null : (ReadOnlyMemory<byte>?)value;
                builder.Append(offset * 10, key, value, [new RecordHeader("dropped", value)]);
                expected.Add(RandomRecords.Describe(offset, magic == 0 ? -1 : offset * 10, key, value, []));
            }

            var set = MessageSetConverter.ToMessageSet(new RecordBatch(builder.Build()), magic, RandomRecords.Cap);
            var batch = MessageSetConverter.FromMessageSet(set, RandomRecords.Cap);

            Assert.Equal(ErrorCode.None, RecordBatchValidator.Validate(batch, RandomRecords.Cap, out var checkedBatch));
            Assert.Equal(codec == CompressionType.Zstd ? CompressionType.None : codec, checkedBatch.CompressionType);
            Assert.Equal(expected, RandomRecords.Read(batch));
        }
    }

    [Theory]
    [InlineData(0, 100, 107)]
    [InlineData(1, 0, 7)]
    public void Offsets_in_a_compressed_message_are_absolute_in_magic_0_and_relative_in_magic_1(byte magic, long first, long last)
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Gzip, BaseOffset = 100 }
            .Append(0, 5, null, new byte[1], null).Append(7, 9, null, new byte[1], null).Build();

        var set = MessageSetConverter.ToMessageSet(new RecordBatch(batch), magic, 1000);

        var valueAt = magic == 0 ? 26 : 34;
        var inner = RecordCompression.Decompress(CompressionType.Gzip, set.AsMemory(valueAt), 1000).Span;
        Assert.Equal(107, BinaryPrimitives.ReadInt64BigEndian(set));
        Assert.Equal(first, BinaryPrimitives.ReadInt64BigEndian(inner));
        Assert.Equal(last, BinaryPrimitives.ReadInt64BigEndian(inner[(inner.Length / 2)..]));
    }

    [Fact]
    public void Control_batches_have_no_messages()
    {
        var batch = new RecordBatchBuilder { IsControl = true }.Append(1, null, null).Build();

        Assert.Empty(MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 1000));
        Assert.Empty(MessageSetConverter.FromMessageSet(ReadOnlyMemory<byte>.Empty, 1000));
    }

    [Fact]
    public void Append_time_is_marked_in_magic_1_and_survives()
    {
        var batch = new RecordBatchBuilder { LogAppendTime = 777, Compression = CompressionType.Snappy }.Append(1, null, null).Build();

        var set = MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 1000);

        Assert.Equal(0x0a, set[17]);
        Assert.Equal(["0@777 null=null []"], RandomRecords.Read(MessageSetConverter.FromMessageSet(set, 1000)));
    }

    [Theory]
    [MemberData(nameof(CodecsAndMagics))]
    public void Damage_is_always_refused_by_the_CRC_or_the_lengths(CompressionType codec, byte magic)
    {
        var builder = RandomRecords.Append(new RecordBatchBuilder { Compression = codec }, new Random(2), 3, headers: false, []);
        var set = MessageSetConverter.ToMessageSet(new RecordBatch(builder.Build()), magic, RandomRecords.Cap);
        // The offset, which the first eight bytes hold, means nothing on the way up.
        for (var at = sizeof(long); at < sizeof(long) + 30; at++)
        {
            var damaged = set.ToArray();
            damaged[at] ^= 0x21;
            Assert.Throws<KafkaProtocolException>(() => MessageSetConverter.FromMessageSet(damaged, RandomRecords.Cap));
        }
        for (var length = 1; length < sizeof(long) + 18; length++)
            Assert.Throws<KafkaProtocolException>(() => MessageSetConverter.FromMessageSet(set.AsMemory(0, length), RandomRecords.Cap));
    }

    [Fact]
    public void A_compressed_message_inside_a_compressed_one_is_refused()
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Gzip }.Append(1, null, new byte[1]).Build();
        var inner = MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 1000);
        var outer = MessageSetConverter.ToMessageSet(
            new RecordBatch(new RecordBatchBuilder().Append(1, null, RecordCompression.Compress(CompressionType.Gzip, inner)).Build()),
            1,
            1000);
        outer[17] = (byte)CompressionType.Gzip;
        BinaryPrimitives.WriteUInt32BigEndian(outer.AsSpan(12), Crc32.Compute(outer.AsSpan(16)));

        Assert.Throws<KafkaProtocolException>(() => MessageSetConverter.FromMessageSet(outer, 10_000));
    }

    [Fact]
    public void All_compressed_messages_of_a_set_share_one_cap()
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Gzip }.Append(1, null, new byte[1000]).Build();
        var wrapper = MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 2000);
        byte[] twice = [.. wrapper, .. wrapper];

        Assert.NotEmpty(MessageSetConverter.FromMessageSet(twice, 2 * 1034));
        Assert.Throws<KafkaProtocolException>(() => MessageSetConverter.FromMessageSet(twice, (2 * 1034) - 1));
    }
}
