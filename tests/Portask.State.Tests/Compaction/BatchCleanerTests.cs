using System.Text;
using Portask.Protocol.Records;
using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.State.Tests.Compaction;

public class BatchCleanerTests
{
    private const long Now = 100_000;
    private const long Retention = 1000;

    public static TheoryData<CompressionType> Codecs => [.. Enum.GetValues<CompressionType>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_record_stays_while_no_later_one_has_its_key(CompressionType codec)
    {
        var batch = Batch(10, codec, "a=1", "b=2", "a=3", "c=4");
        var cleaned = Clean(Scope(end: 20), [batch, Batch(14, codec, "c=5")], batch);

        var left = new RecordBatch(cleaned.Bytes);
        Assert.Equal(["11:b=2", "12:a=3"], Records(left));
        Assert.Equal((10, 3, codec, 2, 2), (left.BaseOffset, left.LastOffsetDelta, left.CompressionType, left.RecordCount, cleaned.Removed));
        Assert.Equal(7012, left.MaxTimestamp);
        Assert.Equal(ReadOnlyMemoryCrc(left), left.Crc);
    }

    [Fact]
    public void A_batch_in_which_nothing_goes_is_the_same_one()
    {
        var batch = Batch(0, CompressionType.None, "a=1", "b=2");

        var cleaned = Clean(Scope(), [batch], batch);

        Assert.Equal((batch.Bytes, false, 0), (cleaned.Bytes, cleaned.IsChanged, cleaned.Removed));
    }

    [Fact]
    public void A_tombstone_gets_a_horizon_at_first_and_goes_when_that_is_past()
    {
        var batch = Batch(5, CompressionType.Gzip, "a", "b=1");
        var first = new RecordBatch(Clean(Scope(), [batch], batch).Bytes);
        Assert.Equal((Now + Retention, 2), (first.DeleteHorizonMs, first.RecordCount));
        Assert.Equal(["5:a", "6:b=1"], Records(first));
        Assert.Equal([7005L, 7006L], Times(first));

        Assert.False(Clean(Scope(now: Now + Retention - 1), [first], first).IsChanged);

        var second = new RecordBatch(Clean(Scope(now: Now + Retention), [first], first).Bytes);
        Assert.Equal(["6:b=1"], Records(second));
        Assert.Equal([7006L], Times(second));
        Assert.Equal(Now + Retention, second.DeleteHorizonMs);
    }

    [Fact]
    public void A_pass_over_what_expired_marks_nothing_and_takes_what_is_past()
    {
        var fresh = Batch(0, CompressionType.None, "a");
        var marked = new RecordBatch(Clean(Scope(), [fresh], fresh).Bytes);
        var expiry = Scope(now: Now + Retention) with { IsWhole = false };

        Assert.False(Clean(expiry, [], fresh).IsChanged);
        Assert.True(Clean(expiry, [], marked).Bytes.IsEmpty);
    }

    [Fact]
    public void The_last_record_of_the_log_stays_whatever_it_is()
    {
        var tombstone = Batch(0, CompressionType.None, "a=1", "a");
        var marked = new RecordBatch(Clean(Scope(logEnd: 2), [tombstone], tombstone).Bytes);
        Assert.Equal(["1:a"], Records(marked));

        Assert.False(Clean(Scope(now: long.MaxValue, logEnd: 2), [marked], marked).IsChanged);
    }

    [Fact]
    public void What_is_behind_the_end_of_the_pass_stays()
    {
        var batch = Batch(0, CompressionType.None, "a=1", "a=2", "a", "a=4");
        var cleaned = Clean(Scope(end: 2), [Batch(0, CompressionType.None, "a=1", "a=2")], batch);

        var left = new RecordBatch(cleaned.Bytes);
        Assert.Equal(["1:a=2", "2:a", "3:a=4"], Records(left));
        Assert.Null(left.DeleteHorizonMs);
    }

    [Fact]
    public void A_full_map_says_from_where_on_it_knows_nothing()
    {
        var map = new OffsetMap(72);
        var cleaner = new BatchCleaner(Scope(), map);

        Assert.Equal(3, cleaner.Note(Batch(0, CompressionType.None, "a=1", "b=2", "a=3", "c=4"), 0));
        Assert.Equal(2, map.Find("a"u8));
    }

    [Fact]
    public void Records_before_the_log_start_and_those_without_a_key_go()
    {
        var batch = Batch(0, CompressionType.None, "a=1", "b=2", "=3");

        Assert.Equal(["1:b=2"], Records(new RecordBatch(Clean(Scope() with { LogStartOffset = 1 }, [batch], batch).Bytes)));
        Assert.True(Clean(Scope() with { LogStartOffset = 3 }, [batch], batch).Bytes.IsEmpty);
    }

    [Fact]
    public void An_aborted_transaction_goes_in_the_order_in_which_no_reader_is_misled()
    {
        var records = Batch(0, CompressionType.None, ["a=1"], producer: 9);
        var marker = Marker(1, commits: false);
        var aborted = AbortedTransactions.Of([new(9, 0, 1, 2)]);
        var scope = Scope() with { Aborted = aborted };
        var map = new OffsetMap(1000);
        var pass = new BatchCleaner(scope, map);
        Assert.Null(pass.Note(records, 0));
        Assert.Equal(0, map.Count);

        // First the records; the marker is only given its horizon.
        Assert.True(pass.Clean(records).Bytes.IsEmpty);
        var marked = new RecordBatch(pass.Clean(marker).Bytes);
        Assert.Equal(Now + Retention, marked.DeleteHorizonMs);
        Assert.Equal(new TransactionMarker(false, 3), TransactionMarker.Of(marked));

        // As long as readers are told of the transaction, the marker stays whatever the time is.
        Assert.False(new BatchCleaner(scope with { NowMs = long.MaxValue }, map).Clean(marked).IsChanged);

        var told = scope with { Aborted = AbortedTransactions.None };
        Assert.False(new BatchCleaner(told with { NowMs = Now + Retention - 1 }, map).Clean(marked).IsChanged);
        Assert.True(new BatchCleaner(told with { NowMs = Now + Retention }, map).Clean(marked).Bytes.IsEmpty);
    }

    [Fact]
    public void A_COMMIT_marker_stays_while_a_record_of_its_transaction_does()
    {
        var map = new OffsetMap(1000);
        var kept = Batch(0, CompressionType.None, ["a=1"], producer: 9);
        var cleaner = new BatchCleaner(Scope(), map);
        cleaner.Note(kept, 0);

        Assert.False(cleaner.Clean(kept).IsChanged);
        Assert.False(cleaner.Clean(Marker(1, commits: true)).IsChanged);
        Assert.NotNull(new RecordBatch(cleaner.Clean(Marker(2, commits: true)).Bytes).DeleteHorizonMs);
    }

    [Fact]
    public void Only_the_transactions_that_were_aborted_lose_their_records()
    {
        var scope = Scope() with { Aborted = AbortedTransactions.Of([new(9, 2, 5, 6), new(8, 0, 9, 10), new(9, 10, 12, 13)]) };
        var cleaner = new BatchCleaner(scope, new OffsetMap(1000));

        var gone = new[] { 1L, 2, 4, 6, 10, 11, 13 }.Where(offset => cleaner.Clean(Batch(offset, CompressionType.None, [$"{offset}=1"], producer: 9)).Bytes.IsEmpty);

        Assert.Equal([2L, 4, 10, 11], gone);
    }

    private static CleaningScope Scope(long end = 100, long logEnd = 200, long now = Now) =>
        new(0, logEnd, end, true, AbortedTransactions.None, now, Retention, 1 << 20);

    private static CleanedBatch Clean(CleaningScope scope, RecordBatch[] dirty, RecordBatch batch)
    {
        var cleaner = new BatchCleaner(scope, new OffsetMap(10_000));
        foreach (var one in dirty)
            Assert.Null(cleaner.Note(one, 0));
        return cleaner.Clean(batch);
    }

    private static RecordBatch Batch(long offset, CompressionType codec, params string[] records) => Batch(offset, codec, records, -1);

    // Each record is key=value, a key alone is a tombstone, and its time is 7000 and its offset.
    private static RecordBatch Batch(long offset, CompressionType codec, string[] records, long producer)
    {
        var builder = new RecordBatchBuilder
        {
            BaseOffset = offset,
            Compression = codec,
            ProducerId = producer,
            ProducerEpoch = (short)(producer < 0 ? -1 : 0),
            IsTransactional = producer >= 0,
        };
        for (var i = 0; i < records.Length; i++)
        {
            var parts = records[i].Split('=');
            ReadOnlyMemory<byte>? key = parts[0].Length == 0 ? (ReadOnlyMemory<byte>?)null : Encoding.ASCII.GetBytes(parts[0]);
            ReadOnlyMemory<byte>? value = parts.Length == 1 ? (ReadOnlyMemory<byte>?)null : Encoding.ASCII.GetBytes(parts[1]);
            builder.Append(7000 + offset + i, key, value, [new RecordHeader("h", new byte[] { 1 })]);
        }
        return new RecordBatch(builder.Build());
    }

    private static RecordBatch Marker(long offset, bool commits)
    {
        var bytes = new TransactionMarker(commits, 3).ToBatch(9, 0, 5000);
        RecordBatch.Stamp(bytes, offset, 0);
        return new RecordBatch(bytes);
    }

    private static List<string> Records(RecordBatch batch)
    {
        var records = new List<string>();
        var reader = RecordReader.Open(batch, 1 << 20);
        while (reader.TryReadNext(out var record))
        {
            Assert.Equal("h", Assert.Single(record.ReadHeaders()).Key);
            var value = record.Value is { } there ? "=" + Encoding.ASCII.GetString(there.Span) : "";
            records.Add($"{record.Offset}:{Encoding.ASCII.GetString(record.Key!.Value.Span)}{value}");
        }
        return records;
    }

    private static List<long> Times(RecordBatch batch)
    {
        var times = new List<long>();
        var reader = RecordReader.Open(batch, 1 << 20);
        while (reader.TryReadNext(out var record))
            times.Add(record.Timestamp);
        return times;
    }

    private static uint ReadOnlyMemoryCrc(RecordBatch batch) => Crc32C.Compute(batch.Bytes.Span[RecordBatch.CrcStart..]);
}
