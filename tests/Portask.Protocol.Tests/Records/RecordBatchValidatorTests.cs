using System.Buffers.Binary;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

public class RecordBatchValidatorTests
{
    private const long Now = 1_700_000_000_000;
    private const int Cap = 1 << 20;

    public static TheoryData<CompressionType> Codecs => new(Enum.GetValues<CompressionType>());

    /// <summary>Records that no builder writes, behind a header that says 1 record and has the right CRC.</summary>
    public static TheoryData<string, string> Malformed => new()
    {
        { "a length of -1", "01" },
        { "cut off", "0E0000000101" },
        { "a header that is not there", "0C000000010102" },
        { "a byte behind the last field", "0E00000001010000" },
        { "a record that ends behind its length", "0A000000010100" },
        { "offset delta -1", "0C000001010100" },
        { "offset delta 1", "0C000002010100" },
        { "a key length of -2", "0C000000030100" },
        { "a header whose key is null", "100000000101020100" },
        { "a byte behind the last record", "0C00000001010000" },
        { "a second record", "0C0000000101000C000002010100" },
        { "no record", "" },
    };

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_batch_in_order_is_taken_as_it_came(CompressionType codec)
    {
        var batch = Batch(codec, Now, Now + 5, Now + 1);

        var validated = RecordBatchValidator.Validate(batch, new RecordRules(), Now, Cap);

        Assert.Equal((ErrorCode.None, null), (validated.Error, validated.Message));
        Assert.Same(batch, Array(validated.Batch));
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Large_records_are_decided_on_with_leave_and_need_none_where_the_cap_refuses_them(CompressionType codec)
    {
        const int cap = 4 * LargeRecords.FromBytes;
        var builder = new RecordBatchBuilder { Compression = codec };
        builder.Append(Now, null, new byte[LargeRecords.FromBytes]);
        var batch = builder.Build();

        Assert.True(RecordBatchValidator.Validate(batch, new RecordRules(), Now, cap).IsUndecided);
        Assert.Equal(ErrorCode.InvalidRecord, RecordBatchValidator.Validate(batch, new RecordRules(), Now, LargeRecords.FromBytes).Error);
        using var leave = await LargeRecords.WaitAsync();
        var validated = RecordBatchValidator.Validate(batch, new RecordRules(), Now, cap, leave);

        Assert.Equal((ErrorCode.None, false), (validated.Error, validated.IsUndecided));
        Assert.Same(batch, Array(validated.Batch));
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Records_that_are_malformed_are_found_in_every_codec(string what, string hex)
    {
        foreach (var codec in Enum.GetValues<CompressionType>())
        {
            var validated = RecordBatchValidator.Validate(Of(codec, hex), new RecordRules(), Now, Cap);

            Assert.True(validated.Error == ErrorCode.InvalidRecord, $"{what} in {codec}: {validated.Error}");
            Assert.NotNull(validated.Message);
        }
    }

    [Fact]
    public void The_same_bytes_in_order_are_taken() => Assert.Equal(
        ErrorCode.None, RecordBatchValidator.Validate(Of(CompressionType.Gzip, "0C000000010100"), new RecordRules(), 0, Cap).Error);

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidRecord)] // A base offset.
    [InlineData(22, 0x20, ErrorCode.InvalidRecord)] // A control batch.
    [InlineData(22, 0x08, ErrorCode.InvalidTimestamp)] // The broker's time.
    [InlineData(22, 0x07, ErrorCode.UnsupportedCompressionType)]
    [InlineData(26, 9, ErrorCode.InvalidRecord)] // A last offset delta that is not the count less one.
    [InlineData(60, 9, ErrorCode.InvalidRecord)] // A count that is not the last offset delta and one.
    [InlineData(43, 0, ErrorCode.InvalidRecord)] // A producer id without an epoch and a sequence number.
    [InlineData(16, 3, ErrorCode.CorruptMessage)]
    [InlineData(16, 1, ErrorCode.InvalidRecord)]
    public void A_header_that_cannot_be_is_refused(int at, byte value, ErrorCode expected)
    {
        var batch = Batch(CompressionType.None, Now);
        batch[at] = value;

        Assert.Equal(expected, RecordBatchValidator.Validate(Sealed(batch), new RecordRules(), Now, Cap).Error);
    }

    [Fact]
    public void Two_batches_and_half_a_batch_are_refused()
    {
        var batch = Batch(CompressionType.None, Now);

        Assert.Equal(ErrorCode.InvalidRecord, RecordBatchValidator.Validate((byte[])[.. batch, .. batch], new RecordRules(), Now, Cap).Error);
        for (var length = 0; length < batch.Length; length++)
            Assert.NotEqual(ErrorCode.None, RecordBatchValidator.Validate(batch.AsMemory(0, length), new RecordRules(), Now, Cap).Error);
    }

    [Fact]
    public void Records_without_keys_are_named_where_keys_are_needed()
    {
        var batch = new RecordBatchBuilder().Append(Now, "k"u8.ToArray(), null).Append(Now, null, null).Append(Now, null, null).Build();

        var validated = RecordBatchValidator.Validate(batch, new RecordRules { RequiresKeys = true }, Now, Cap);

        Assert.Equal(ErrorCode.InvalidRecord, validated.Error);
        Assert.Equal([1, 2], validated.Faults.Select(fault => fault.Index));
        Assert.All(validated.Faults, fault => Assert.Contains("key", fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-101, false)]
    [InlineData(-100, true)]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Times_are_held_to_the_rules_record_by_record(int distance, bool accepted)
    {
        var rules = new RecordRules { TimestampBeforeMaxMs = 100, TimestampAfterMaxMs = 50 };
        var batch = Batch(CompressionType.Lz4, Now, Now + distance, Now);

        var validated = RecordBatchValidator.Validate(batch, rules, Now, Cap);
        var appended = RecordBatchValidator.Validate(Batch(CompressionType.Lz4, Now, Now + distance), rules with { LogAppendTime = true }, Now, Cap);

        Assert.Equal(accepted ? ErrorCode.None : ErrorCode.InvalidTimestamp, validated.Error);
        Assert.Equal(accepted ? [] : [1], validated.Faults.Select(fault => fault.Index));
        Assert.Equal(ErrorCode.None, appended.Error);
    }

    [Theory]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(-2, ErrorCode.None)]
    [InlineData(long.MinValue, ErrorCode.InvalidTimestamp)]
    [InlineData(long.MaxValue, ErrorCode.None)]
    public void Bounds_without_end_do_not_overflow(long timestamp, ErrorCode expected)
    {
        var rules = new RecordRules { TimestampBeforeMaxMs = long.MaxValue, TimestampAfterMaxMs = long.MaxValue };

        Assert.Equal(expected, RecordBatchValidator.Validate(Batch(CompressionType.None, timestamp), rules, Now, Cap).Error);
    }

    [Fact]
    public void Faults_are_counted_and_the_first_are_named()
    {
        var builder = new RecordBatchBuilder { Compression = CompressionType.Gzip };
        for (var i = 0; i < 1000; i++)
            builder.Append(Now, null, null);

        var validated = RecordBatchValidator.Validate(builder.Build(), new RecordRules { RequiresKeys = true }, Now, Cap);

        Assert.Equal(100, validated.Faults.Count);
        Assert.StartsWith("1000 of 1000 records", validated.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Now + 1000)]
    public void A_maximum_time_that_is_not_that_of_the_records_is_put_right(long written)
    {
        var batch = Batch(CompressionType.None, Now, Now + 7, Now + 2);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), written);

        var validated = RecordBatchValidator.Validate(Sealed(batch), new RecordRules(), Now, Cap);

        Assert.Equal((ErrorCode.None, Now + 7), (validated.Error, validated.Batch.MaxTimestamp));
        Assert.Equal(Crc32C.Compute(validated.Batch.Bytes.Span[RecordBatch.CrcStart..]), validated.Batch.Crc);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void The_topics_codec_is_used(CompressionType codec)
    {
        var arrived = new RecordBatch(Batch(CompressionType.Snappy, Now, Now + 9, Now + 3));

        var stored = RecordBatchValidator.Validate(arrived.Bytes, new RecordRules { Codec = codec }, Now, Cap).Batch;

        Assert.Equal((codec, Now + 9), (stored.CompressionType, stored.MaxTimestamp));
        Assert.Equal(RandomRecords.Read(arrived.Bytes), RandomRecords.Read(stored.Bytes));
    }

    [Theory]
    [InlineData(CompressionType.Gzip, 1, 9)]
    [InlineData(CompressionType.Lz4, 9, 12)] // 9 is the fast compressor, as it is for Kafka.
    [InlineData(CompressionType.Lz4, 1, 17)]
    [InlineData(CompressionType.Zstd, -100, 3)]
    [InlineData(CompressionType.Zstd, 1, 19)]
    public void A_higher_level_makes_less_of_it(CompressionType codec, int low, int high)
    {
        var random = new Random(5);
        var value = new byte[200_000];
        for (var i = 0; i < value.Length; i++)
            value[i] = (byte)"etaoinshrdlu "[random.Next(13) * random.Next(13) / 13];
        var batch = new RecordBatchBuilder().Append(Now, null, value).Build();

        var (weak, strong) = (Stored(low), Stored(high));

        Assert.True(strong.Length < weak.Length, $"level {low}: {weak.Length} bytes, level {high}: {strong.Length}");
        Assert.Equal(RandomRecords.Read(batch), RandomRecords.Read(strong.Bytes));

        RecordBatch Stored(int level) =>
            RecordBatchValidator.Validate(batch, new RecordRules { Codec = codec, CompressionLevel = level }, Now, Cap).Batch;
    }

    [Fact]
    public void What_grows_beyond_the_topics_limit_in_its_codec_is_too_large()
    {
        var batch = new RecordBatchBuilder { Compression = CompressionType.Gzip }.Append(Now, null, new byte[10_000]).Build();
        var rules = new RecordRules { Codec = CompressionType.None, MaxMessageBytes = 5000 };

        Assert.Equal(ErrorCode.MessageTooLarge, RecordBatchValidator.Validate(batch, rules, Now, Cap).Error);
        Assert.Equal(ErrorCode.None, RecordBatchValidator.Validate(batch, rules with { Codec = null }, Now, Cap).Error);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_batch_in_order_costs_no_allocation_that_grows_with_it(CompressionType codec)
    {
        var (small, large) = (Measure(10), Measure(10_000));

        // gzip's stream allocates, the others nothing worth mentioning.
        Assert.InRange(large - small, -10_000, 10_000);

        long Measure(int records)
        {
            var batch = Batch(codec, [.. Enumerable.Range(0, records).Select(i => Now + i)]);
            for (var i = 0; i < 3; i++)
                RecordBatchValidator.Validate(batch, new RecordRules(), Now, Cap);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(ErrorCode.None, RecordBatchValidator.Validate(batch, new RecordRules(), Now, Cap).Error);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static byte[] Batch(CompressionType codec, params long[] timestamps)
    {
        var builder = new RecordBatchBuilder { Compression = codec };
        foreach (var timestamp in timestamps)
            builder.Append(timestamp, "k"u8.ToArray(), "value"u8.ToArray());
        return builder.Build();
    }

    private static byte[] Of(CompressionType codec, string hex)
    {
        var header = new RecordBatch(new RecordBatchBuilder().Append(-1, null, null).Build());
        return RecordBatchRecompression.To(header, Convert.FromHexString(hex), codec, level: null);
    }

    private static byte[] Sealed(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(RecordBatch.CrcStart)));
        return batch;
    }

    private static byte[] Array(RecordBatch batch) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(batch.Bytes, out var segment) ? segment.Array! : [];
}
