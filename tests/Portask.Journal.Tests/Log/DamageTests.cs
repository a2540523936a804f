using Portask.Journal.Log;
using static Portask.Journal.Tests.Log.LogBench;

namespace Portask.Journal.Tests.Log;

public sealed class DamageTests : IDisposable
{
    private readonly LogBench _bench = new(segmentBytes: 1000);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_torn_tail_at_every_position_of_the_last_entry_is_cut()
    {
        var (whole, lastAt) = WriteOneSegment();
        for (var length = lastAt; length < whole.Length; length++)
        {
            _bench.Warnings.Clear();
            File.WriteAllBytes(_bench.Segments[0], whole[..(int)length]);
            using var log = _bench.Open();

            Assert.Equal(Range(1, 5), Numbers(log));
            Assert.Equal(lastAt, new FileInfo(_bench.Segments[0]).Length);
            Assert.Equal(length == lastAt ? 0 : 1, _bench.Warnings.Count);
            Assert.All(_bench.Warnings, line => Assert.Contains($"{_bench.Segments[0]} at {lastAt}:", line, StringComparison.Ordinal));
            log.Append([Entry(6)]);
            Assert.Equal(Range(1, 6), Numbers(log));
        }
    }

    [Fact]
    public void A_tail_of_zeros_is_cut()
    {
        var (whole, _) = WriteOneSegment();
        File.WriteAllBytes(_bench.Segments[0], [.. whole, .. new byte[300_000]]);

        using var log = _bench.Open();

        Assert.Equal(Range(1, 6), Numbers(log));
        Assert.Single(_bench.Warnings);
    }

    [Fact]
    public void A_flipped_byte_anywhere_before_the_last_entry_is_named_and_nothing_is_cut()
    {
        var (whole, lastAt) = WriteOneSegment();
        var entry = lastAt / 5;
        for (var at = 0; at < lastAt; at++)
        {
            File.WriteAllBytes(_bench.Segments[0], whole);
            Flip(_bench.Segments[0], at);

            var found = Assert.Throws<JournalCorruptedException>(() => _bench.Open());

            Assert.Contains($"{_bench.Segments[0]} at {at / entry * entry}:", found.Message, StringComparison.Ordinal);
            Assert.Equal(whole.Length, new FileInfo(_bench.Segments[0]).Length);
        }
    }

    [Fact]
    public void A_flipped_byte_in_a_log_that_is_open_is_never_served()
    {
        var (_, lastAt) = WriteOneSegment();
        using var log = _bench.Open();
        Flip(_bench.Segments[0], (lastAt / 5 * 2) + 40);

        Assert.Equal([1, 2], Numbers(log, 1, 2));
        var found = Assert.Throws<JournalCorruptedException>(() => Numbers(log));

        Assert.Contains($"{_bench.Segments[0]} at {lastAt / 5 * 2}:", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_byte_in_a_sealed_segment_is_named_with_and_without_its_index()
    {
        WriteManySegments();
        Flip(_bench.Segments[1], 30);

        using (var log = _bench.Open())
            Assert.Contains($"{_bench.Segments[1]} at 0:", Assert.Throws<JournalCorruptedException>(() => Numbers(log)).Message, StringComparison.Ordinal);

        File.Delete(Path.ChangeExtension(_bench.Segments[1], ".index"));
        Assert.Contains($"{_bench.Segments[1]} at 0:", Assert.Throws<JournalCorruptedException>(() => _bench.Open()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_missing_segment_is_an_error(int missing)
    {
        WriteManySegments();
        File.Delete(_bench.Segments[missing]);

        Assert.Throws<JournalCorruptedException>(() => _bench.Open());
    }

    [Fact]
    public void A_sealed_segment_that_lost_its_end_is_an_error()
    {
        WriteManySegments();
        using (var file = new FileStream(_bench.Segments[1], FileMode.Open))
            file.SetLength(file.Length - 1);

        Assert.Throws<JournalCorruptedException>(() => _bench.Open());
    }

    [Fact]
    public void A_damaged_mark_of_deletion_is_an_error()
    {
        WriteOneSegment();
        File.WriteAllText(Path.Combine(_bench.Folder, "deleted-to"), "");

        Assert.Contains("deleted-to at 0:", Assert.Throws<JournalCorruptedException>(() => _bench.Open()).Message, StringComparison.Ordinal);
    }

    private (byte[] Whole, long LastAt) WriteOneSegment()
    {
        using var log = _bench.Open();
        Append(log, 1, 5);
        var lastAt = log.SizeInBytes;
        Append(log, 6, 6);
        return (File.ReadAllBytes(_bench.Segments[0]), lastAt);
    }

    private void WriteManySegments()
    {
        using var log = _bench.Open();
        Append(log, 1, 60);
        Assert.True(_bench.Segments.Count > 3);
    }
}
