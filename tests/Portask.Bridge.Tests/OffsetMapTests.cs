using Portask.Bridge.Mirroring;

namespace Portask.Bridge.Tests;

/// <summary>Offsets of one side as offsets of the other.</summary>
public sealed class OffsetMapTests
{
    [Theory]
    // Runs of 10 records at 100, 110 (behind a marker in the copy) and 200.
    [InlineData(99, null)]
    [InlineData(100, 50L)]
    [InlineData(105, 55L)]
    [InlineData(110, 61L)]
    [InlineData(119, 70L)]
    [InlineData(120, 71L)]
    [InlineData(199, 71L)]
    [InlineData(200, 90L)]
    [InlineData(210, 100L)]
    [InlineData(999, 100L)]
    public void A_place_in_a_run_is_exact_and_one_between_runs_is_the_end_of_the_earlier(long source, long? target)
    {
        var map = new OffsetMap();
        map.Add(new OffsetRun(110, 61, 10));
        map.Add(new OffsetRun(100, 50, 10));
        map.Add(new OffsetRun(200, 90, 10));

        Assert.Equal(target, map.Translate(source));
    }

    [Fact]
    public void Records_that_were_copied_again_are_looked_for_in_the_later_copy()
    {
        var map = new OffsetMap();
        map.Add(new OffsetRun(0, 0, 100));
        map.Add(new OffsetRun(50, 100, 100));

        Assert.Equal(20, map.Translate(20));
        Assert.Equal(120, map.Translate(70));
    }

    [Fact]
    public void Nothing_that_was_not_read_is_skipped_whatever_runs_are_forgotten()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var (map, placed, target) = (new OffsetMap(), new Dictionary<long, long>(), 0L);
            for (var (source, run) = (0L, 0); run < 20; run++)
            {
                source += random.Next(3);
                target += random.Next(3);
                var count = random.Next(1, 6);
                for (var i = 0; i < count; i++)
                    placed[source + i] = target + i;
                if (random.Next(2) == 0)
                    map.Add(new OffsetRun(source, target, count));
                (source, target) = (source + count, target + count);
            }

            for (var next = 0L; next < placed.Keys.Max() + 3; next++)
                if (map.Translate(next) is { } translated)
                    Assert.All(placed.Where(record => record.Key >= next), record => Assert.True(record.Value >= translated));
        }
    }

    [Fact]
    public void Old_runs_share_few_slots_and_the_last_ones_have_their_own()
    {
        var last = Enumerable.Range(100_000, ProgressEntry.FineSlots - ProgressEntry.CoarseEvery).Select(run => ProgressEntry.SlotOf(run)).ToList();
        var all = Enumerable.Range(0, 200_000).Select(run => ProgressEntry.SlotOf(run)).Distinct().ToList();

        Assert.Equal(last.Count, last.Distinct().Count());
        Assert.True(all.Count <= ProgressEntry.FineSlots + ProgressEntry.CoarseSlots);
        Assert.DoesNotContain(ProgressEntry.SlotOf(ProgressEntry.NoRun), all);
    }
}
