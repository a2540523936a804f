using Portask.Bridge.Mirroring;

namespace Portask.Bridge.Tests;

/// <summary>What is known of records on their way.</summary>
public sealed class PartitionFlightTests
{
    private readonly PartitionFlight _flight = new(lastRun: 4);

    [Fact]
    public void Progress_is_what_arrived_and_not_what_was_sent()
    {
        Send(0, 1, 2);
        _flight.Arrived(0, 10);
        _flight.Arrived(1, 11);

        var (next, runs) = _flight.Take(-1)!.Value;

        Assert.Equal(2, next);
        Assert.Equal([(5L, new OffsetRun(0, 10, 2))], runs);
        Assert.Null(_flight.Take(2));
    }

    [Fact]
    public void A_run_that_grows_keeps_its_number_and_a_gap_begins_the_next()
    {
        Send(0, 1, 5);
        _flight.Arrived(0, 10);
        _flight.Take(-1);
        _flight.Arrived(1, 11);
        Assert.Equal([(5L, new OffsetRun(0, 10, 2))], _flight.Take(1)!.Value.Runs);
        _flight.Arrived(5, 12);
        Assert.Equal([(6L, new OffsetRun(5, 12, 1))], _flight.Take(2)!.Value.Runs);
    }

    [Fact]
    public void Records_that_are_left_out_count_once_all_before_them_arrived()
    {
        Send(0);
        _flight.LeftOut(1);
        Assert.Null(_flight.Take(-1));
        _flight.Arrived(0, 10);
        Assert.Equal(2, _flight.Take(-1)!.Value.Next);
        _flight.LeftOut(2);
        Assert.Equal([((long)ProgressEntry.NoRun, default(OffsetRun))], _flight.Take(2)!.Value.Runs);
    }

    [Fact]
    public void Nothing_behind_a_record_that_was_lost_counts()
    {
        Send(0, 1, 2);
        _flight.Arrived(0, 10);
        _flight.Lost();
        _flight.Arrived(2, 11);

        Assert.Equal(1, _flight.Take(-1)!.Value.Next);
        Assert.Null(_flight.Take(1));
    }

    [Fact]
    public void A_source_full_of_gaps_does_not_make_an_entry_of_each_record()
    {
        for (var offset = 0; offset < 2000; offset += 2)
        {
            Send(offset);
            _flight.Arrived(offset, 10 + offset / 2);
        }

        var (next, runs) = _flight.Take(-1)!.Value;

        Assert.Equal(1999, next);
        Assert.InRange(runs.Count, 1, 16);
        Assert.Equal(1998, runs[^1].Run.Source);
    }

    private void Send(params long[] offsets)
    {
        foreach (var offset in offsets)
            _flight.Sent(offset);
    }
}
