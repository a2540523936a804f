using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

public class LogSegmentsTests
{
    private const int BatchBytes = 100;

    // Batches of ten records, two to a segment; times rise by 100 a batch.
    private static LogSegments Log(int batches)
    {
        var segments = LogSegments.From([], 0, []);
        for (var i = 0; i < batches; i++)
        {
            if (i > 0 && i % 2 == 0)
                segments.Roll(i * 10, (i * 2) + 1);
            segments.Add(BatchBytes, i * 100, i * 100);
        }
        return segments;
    }

    [Theory]
    [InlineData(long.MinValue, -1, 0)]
    [InlineData(long.MinValue, 10 * BatchBytes, 0)]
    [InlineData(long.MinValue, 9 * BatchBytes, 0)]
    [InlineData(long.MinValue, 6 * BatchBytes, 40)]
    [InlineData(long.MinValue, 1, 80)]
    [InlineData(long.MinValue, 0, 100)]
    [InlineData(350, -1, 40)]
    [InlineData(10_000, -1, 100)]
    public void Retention_takes_whole_segments_while_enough_is_left(long notBefore, long maxBytes, long expected) =>
        Assert.Equal(expected, Log(10).RetainedFrom(nextOffset: 100, notBefore, maxBytes));

    [Fact]
    public void An_empty_active_segment_stays_where_it_is()
    {
        var segments = Log(10);
        segments.Roll(100, 50);

        Assert.Equal(100, segments.RetainedFrom(100, long.MaxValue, 0));
    }

    [Theory]
    [InlineData(0, 1, 299, false)]
    [InlineData(0, 1, 300, true)]
    [InlineData(800, 1, 0, false)]
    [InlineData(801, 1, 0, true)]
    public void A_segment_ends_when_it_would_be_too_large_or_is_too_old(int nextBytes, int batches, long ageMs, bool expected) =>
        Assert.Equal(expected, Log(batches).RollIsDue(nextBytes, ageMs, new SegmentLimits(900, 300)));

    [Fact]
    public void An_empty_segment_never_ends() => Assert.False(LogSegments.From([], 0, []).RollIsDue(10_000, long.MaxValue, new SegmentLimits(1, 1)));

    [Fact]
    public void Trimming_forgets_whole_segments_and_empties_the_active_one_only_when_nothing_is_left()
    {
        var segments = Log(10);

        segments.TrimBefore(59, nextOffset: 100, 60);

        Assert.Equal([40L, 60L, 80L], segments.All.Select(segment => segment.BaseOffset));
        Assert.Equal(6 * BatchBytes, segments.SizeInBytes);
        segments.TrimBefore(99, nextOffset: 100, 61);
        Assert.Equal(2 * BatchBytes, segments.SizeInBytes);
        segments.TrimBefore(100, nextOffset: 100, 62);
        Assert.Equal(new LogSegment(100, 62, 0, -1, -1), Assert.Single(segments.All));
        Assert.Equal(0, segments.SizeInBytes);
    }

    [Fact]
    public void A_log_from_before_there_were_segments_is_one_old_segment()
    {
        var segments = LogSegments.From([], 5, [new(3, 7, 1000, 60), new(9, 12, 900, 40)]);

        Assert.Equal(new LogSegment(5, 7, 100, 1000, 0), segments.Active);
        Assert.True(segments.RollIsDue(1, 1_700_000_000_000, new SegmentLimits(1000, 604_800_000)));
    }
}
