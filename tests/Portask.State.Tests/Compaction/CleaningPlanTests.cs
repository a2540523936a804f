using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.State.Tests.Compaction;

public class CleaningPlanTests
{
    private const long Now = 10_000;
    private static readonly CleaningRules Rules = new(0.5, 0, long.MaxValue, 1000, 1000);

    // Four sealed segments of 100 bytes and ten records each, written at 1000, 2000, 3000 and 4000, and the active one.
    [Theory]
    [InlineData(0, CleaningNeed.Compaction)]
    [InlineData(10, CleaningNeed.Compaction)]
    [InlineData(20, CleaningNeed.Nothing)]
    [InlineData(40, CleaningNeed.Nothing)]
    public void Compaction_is_due_above_the_dirty_ratio(long firstDirty, CleaningNeed expected) =>
        Assert.Equal(expected, CleaningPlan.Of(State(firstDirty), Rules, Now).Need);

    [Fact]
    public void The_active_segment_is_not_cleaned()
    {
        var plan = CleaningPlan.Of(State(0), Rules, Now);

        Assert.Equal((4, 40, 40), (plan.Segments.Count, plan.EndOffset, plan.LastSequenceNr));
    }

    [Fact]
    public void Nor_is_a_segment_in_which_a_transaction_is_open()
    {
        var plan = CleaningPlan.Of(State(0, new OpenTransaction(9, 25)), Rules, Now);

        Assert.Equal((2, 20), (plan.Segments.Count, plan.EndOffset));
    }

    [Fact]
    public void Nor_are_records_that_are_too_young_and_it_is_looked_again_when_they_are_not()
    {
        var plan = CleaningPlan.Of(State(20), Rules with { MinLagMs = 7500 }, Now);

        Assert.Equal((CleaningNeed.Nothing, 2, 10_500), (plan.Need, plan.Segments.Count, plan.LookAgainMs));
    }

    [Theory]
    [InlineData(7000, CleaningNeed.Compaction, long.MaxValue)]
    [InlineData(7001, CleaningNeed.Nothing, 10_001)]
    public void Records_that_have_waited_long_enough_are_compacted_whatever_the_ratio_is(long lag, CleaningNeed expected, long lookAgain)
    {
        var plan = CleaningPlan.Of(State(20), Rules with { MaxLagMs = lag }, Now);

        Assert.Equal((expected, lookAgain), (plan.Need, plan.LookAgainMs));
    }

    [Theory]
    [InlineData(Now, CleaningNeed.Expiry, long.MaxValue)]
    [InlineData(Now + 1, CleaningNeed.Nothing, Now + 1)]
    public void A_clean_log_is_due_when_a_tombstone_expires(long horizon, CleaningNeed expected, long lookAgain)
    {
        var plan = CleaningPlan.Of(State(40, horizonMs: horizon), Rules, Now);

        Assert.Equal((expected, lookAgain), (plan.Need, plan.LookAgainMs));
    }

    [Fact]
    public void What_was_compacted_takes_the_place_of_what_was_there()
    {
        var state = State(0);
        var left = new LogSegment(0, 1, 60, 2000, 1000, 99);

        state.Apply(new LogCompacted([new(20, left, [new(3, 4, 2000, 60)])], 20, 0, 200, 60, 7, 1, 2), 60);

        Assert.Equal([0L, 20, 30, 40], state.Segments.All.Select(segment => segment.BaseOffset));
        Assert.Equal([3L, 20, 30, 40], state.Index.ToList().Select(point => point.Offset));
        Assert.Equal((360, 360, 20), (state.Segments.SizeInBytes, state.Index.SizeInBytes, state.FirstDirtyOffset));
        Assert.Equal(3, state.Index.Floor(0)?.Offset);
    }

    [Fact]
    public void A_log_start_that_moved_meanwhile_stays_where_it_is()
    {
        var state = State(0);
        state.Apply(new LogStartOffsetMoved(25, 5), 59);

        state.Apply(new LogCompacted([new(20, new(0, 1, 60, 2000, 1000), [new(3, 4, 2000, 60)])], 20, 0, 200, 60, 7, 1, 2), 60);

        Assert.Equal((25, 25), (state.LogStartOffset, state.FirstDirtyOffset));
        Assert.Equal([20L, 30, 40], state.Segments.All.Select(segment => segment.BaseOffset));
        Assert.Equal([20L, 30, 40], state.Index.ToList().Select(point => point.Offset));
    }

    private static PartitionState State(long firstDirty, OpenTransaction? open = null, long horizonMs = -1)
    {
        var segments = Enumerable.Range(0, 5).Select(i => new LogSegment(i * 10, (i * 10) + 1, 100, (i + 1) * 1000, (i + 1) * 1000, i == 1 ? horizonMs : -1));
        var index = Enumerable.Range(0, 5).Select(i => new IndexPoint(i * 10, (i * 10) + 1, (i + 1) * 1000, 100));
        return new(new PartitionSnapshot(0, 50, [], [.. index], [], open is { } there ? [there] : [], [], [.. segments], firstDirty));
    }
}
