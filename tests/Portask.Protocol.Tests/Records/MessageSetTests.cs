using System.Buffers.Binary;
using System.Globalization;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class MessageSetTests
{
    public static TheoryData<CompressionType, byte> CodecsAndMagics
    {
        get
        {
            var data = new TheoryData<CompressionType, byte>();
            foreach (var codec in Enum.GetValues<CompressionType>().Where(codec => codec != CompressionType.Zstd))
            {
                data.Add(codec, 0);
                data.Add(codec, 1);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CodecsAndMagics))]
    public void A_client_of_the_old_magic_reads_the_same_records_at_the_same_offsets(CompressionType codec, byte magic)
    {
        var random = new Random(magic);
        for (var round = 0; round < 50; round++)
        {
            var builder = new RecordBatchBuilder { Compression = codec, BaseOffset = 1000 };
            var expected = new List<string>();
            for (var offset = 0; offset < round + 1; offset++)
            {
                var value = new byte[random.Next(200)];
                random.NextBytes(value);
                ReadOnlyMemory<byte>? key = offset % 2 == 0 ? null : (ReadOnlyMemory<byte>?)value;
                builder.Append(offset * 10, key, value, [new RecordHeader("dropped", value)]);
                expected.Add(RandomRecords.Describe(1000 + offset, magic == 0 ? -1 : offset * 10, key, value, []));
            }

            var set = MessageSetConverter.ToMessageSet(new RecordBatch(builder.Build()), magic, RandomRecords.Cap);

            Assert.Equal((int)codec, set[17] & 7);
            Assert.Equal(expected, MessageSets.Read(set));
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
    }

    [Fact]
    public void Append_time_is_marked_in_magic_1_and_survives()
    {
        var batch = new RecordBatchBuilder { LogAppendTime = 777, Compression = CompressionType.Snappy }.Append(1, null, null).Build();

        var set = MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 1000);

        Assert.Equal(0x0a, set[17]);
        Assert.Equal(["0@777 null=null []"], MessageSets.Read(set));
    }

    [Fact]
    public void Gaps_that_compaction_left_stay_in_a_compressed_message()
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Gzip, BaseOffset = 50 }
            .Append(3, 1, null, new byte[1], null).Append(9, 2, null, new byte[1], null).Build();

        var read = MessageSets.Read(MessageSetConverter.ToMessageSet(new RecordBatch(batch), 1, 1000));

        Assert.Equal([53L, 59L], read.Select(message => long.Parse(message.Split('@')[0], CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Zstandard_cannot_be_given_to_old_clients(byte magic)
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Zstd }.Append(1, null, new byte[1]).Build();

        Assert.Throws<KafkaProtocolException>(() => MessageSetConverter.ToMessageSet(new RecordBatch(batch), magic, 1000));
    }
}
