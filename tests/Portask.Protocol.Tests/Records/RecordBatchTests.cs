using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class RecordBatchTests
{
    public static TheoryData<CompressionType> Codecs => new(Enum.GetValues<CompressionType>());

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_built_is_read(CompressionType codec)
    {
        var random = new Random((int)codec);
        for (var round = 0; round < 100; round++)
        {
            var expected = new List<string>();
            long? appendTime = round % 3 == 0 ? 1_800_000_000_000 : null;
            var baseOffset = random.NextInt64(1L << 40);
            var builder = new RecordBatchBuilder { Compression = codec, BaseOffset = baseOffset, LogAppendTime = appendTime };
            var batch = RandomRecords.Append(builder, random, random.Next(1, 40), headers: true, expected).Build();

            Assert.Equal(expected, RandomRecords.Read(batch));
        }
    }

    [Fact]
    public void The_header_has_what_the_builder_was_given()
    {
        var batch = new RecordBatch(new RecordBatchBuilder
        {
            Compression = CompressionType.Gzip,
            BaseOffset = 77,
            PartitionLeaderEpoch = 3,
            ProducerId = 1L << 40,
            ProducerEpoch = 9,
            BaseSequence = 12,
            IsTransactional = true,
            IsControl = true,
        }.Append(20, null, null).Append(30, null, null).Append(10, null, null).Build());

        Assert.Equal(77, batch.BaseOffset);
        Assert.Equal(79, batch.LastOffset);
        Assert.Equal(3, batch.PartitionLeaderEpoch);
        Assert.Equal(1L << 40, batch.ProducerId);
        Assert.Equal(9, batch.ProducerEpoch);
        Assert.Equal(12, batch.BaseSequence);
        Assert.Equal(20, batch.BaseTimestamp);
        Assert.Equal(30, batch.MaxTimestamp);
        Assert.Equal(3, batch.RecordCount);
        Assert.Equal(0x31, batch.Attributes);
        Assert.Equal(batch.Length, RecordBatch.ReadLength(batch.Bytes.Span));
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, -1)]
    public void Timestamps_of_any_distance_come_back(long first, long second)
    {
        var batch = new RecordBatchBuilder().Append(first, null, null).Append(second, null, null).Build();

        Assert.Equal([$"0@{first} null=null []", $"1@{second} null=null []"], RandomRecords.Read(batch));
    }

    [Fact]
    public void A_flip_of_any_byte_behind_the_CRC_is_refused()
    {
        var batch = RandomRecords.Append(new RecordBatchBuilder(), new Random(3), 1, headers: true, []).Build();
        Assert.Equal(ErrorCode.None, Validate(batch));
        for (var at = RecordBatch.CrcStart; at < batch.Length; at++)
        {
            var damaged = batch.ToArray();
            damaged[at] ^= 0x10;
            Assert.Equal(ErrorCode.CorruptMessage, Validate(damaged));
        }

        // The records have times of any century.
        static ErrorCode Validate(byte[] batch) => RecordBatchValidator.Validate(batch, new RecordRules { LogAppendTime = true }, 0, 1 << 20).Error;
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Recompression_keeps_records_and_header(CompressionType from)
    {
        var expected = new List<string>();
        var builder = new RecordBatchBuilder { Compression = from, BaseOffset = 5, ProducerId = 4, ProducerEpoch = 1, BaseSequence = 6 };
        var batch = new RecordBatch(RandomRecords.Append(builder, new Random(4), 30, headers: true, expected).Build());
        foreach (var to in Enum.GetValues<CompressionType>())
        {
            var records = RecordCompression.Decompress(from, batch.Payload, RandomRecords.Cap).Span;
            var copy = new RecordBatch(RecordBatchRecompression.To(batch, records, to, level: null));

            Assert.Equal(to, copy.CompressionType);
            Assert.Equal(Crc32C.Compute(copy.Bytes.Span[RecordBatch.CrcStart..]), copy.Crc);
            Assert.Equal(copy.Length, RecordBatch.ReadLength(copy.Bytes.Span));
            Assert.True(batch.Bytes.Span[23..RecordBatch.HeaderSize].SequenceEqual(copy.Bytes.Span[23..RecordBatch.HeaderSize]));
            Assert.Equal(expected, RandomRecords.Read(copy.Bytes));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_count_that_is_wrong_is_refused(int difference)
    {
        var batch = new RecordBatchBuilder().Append(1, null, null).Append(1, null, null).Append(1, null, null).Build();
        batch[60] = (byte)(3 + difference);

        Assert.Throws<KafkaProtocolException>(() => RandomRecords.Read(batch));
    }

    [Theory]
    [InlineData("FFFFFFFFFF01")] // A length of six bytes.
    [InlineData("FFFFFFFF1F")] // A length of more than 32 bits.
    [InlineData("01")] // A length of -1.
    [InlineData("0E0000000101")] // Cut off.
    [InlineData("0C000000010102")] // One header that is not there.
    [InlineData("0E00000001010000")] // A byte behind the last field.
    [InlineData("0C000001010100")] // Offset delta -1.
    [InlineData("0C000002010100")] // An offset behind the batch.
    [InlineData("0C000000030100")] // A key length of -2.
    [InlineData("1000000001010201 00")] // A header whose key is null.
    [InlineData("2000FFFFFFFFFFFFFFFFFFFF0000010100")] // A timestamp of more than ten bytes.
    public void A_malformed_record_is_refused(string record)
    {
        var whole = new RecordBatchBuilder().Append(1, null, null).Build();
        byte[] batch = [.. whole[..RecordBatch.HeaderSize], .. Convert.FromHexString(record.Replace(" ", ""))];

        Assert.Throws<KafkaProtocolException>(() => RandomRecords.Read(batch));
    }

    [Fact]
    public void Damaged_records_are_refused_or_read_and_nothing_else()
    {
        var random = new Random(8);
        var whole = RandomRecords.Append(new RecordBatchBuilder(), random, 10, headers: true, []).Build();
        for (var round = 0; round < 5000; round++)
        {
            var damaged = whole.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(17, damaged.Length)] = (byte)random.Next(256);
            try
            {
                RandomRecords.Read(damaged.AsMemory(0, random.Next(damaged.Length + 1)));
                RandomRecords.Read(damaged);
            }
            catch (KafkaProtocolException)
            {
            }
        }
    }

    [Fact]
    public void Reading_allocates_nothing_for_a_record()
    {
        var builder = RandomRecords.Append(new RecordBatchBuilder(), new Random(9), 1000, headers: true, []);
        var batch = new RecordBatch(builder.Build());
        var reader = RecordReader.Open(batch, RandomRecords.Cap);
        reader.TryReadNext(out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        while (reader.TryReadNext(out _))
        {
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Records_are_found_by_their_time()
    {
        var batch = new RecordBatch(new RecordBatchBuilder { BaseOffset = 10, Compression = CompressionType.Lz4 }
            .Append(100, null, null).Append(300, null, null).Append(200, null, null).Append(300, null, null).Build());

        Assert.Equal(10, RecordLookup.OffsetForTimestamp(batch, 0, 1000, out var found));
        Assert.Equal(100, found);
        Assert.Equal(11, RecordLookup.OffsetForTimestamp(batch, 101, 1000, out found));
        Assert.Equal(300, found);
        Assert.Null(RecordLookup.OffsetForTimestamp(batch, 301, 1000, out found));
        Assert.Equal(-1, found);
        Assert.Equal(11, RecordLookup.OffsetOfMaxTimestamp(batch, 1000, out found));
        Assert.Equal(300, found);
    }

    [Fact]
    public void With_append_time_the_first_record_has_every_time()
    {
        var batch = new RecordBatch(new RecordBatchBuilder { BaseOffset = 10, LogAppendTime = 500 }
            .Append(100, null, null).Append(900, null, null).Build());

        Assert.Equal(10, RecordLookup.OffsetForTimestamp(batch, 500, 1000, out _));
        Assert.Null(RecordLookup.OffsetForTimestamp(batch, 501, 1000, out _));
        Assert.Equal(10, RecordLookup.OffsetOfMaxTimestamp(batch, 1000, out var found));
        Assert.Equal(500, found);
    }
}
