using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

public class LeaderEpochHistoryTests
{
    private static readonly LeaderEpochHistory History = LeaderEpochHistory.Of([new(1, 0), new(3, 10), new(4, 25)]);

    [Theory]
    [InlineData(4, 4, 40)]
    [InlineData(3, 3, 25)]
    [InlineData(2, 1, 10)]
    [InlineData(1, 1, 10)]
    [InlineData(0, 0, 0)]
    [InlineData(5, -1, -1)]
    [InlineData(-1, -1, -1)]
    public void An_epoch_ends_where_the_next_one_began(int asked, int epoch, long end) => Assert.Equal((epoch, end), History.EndOf(asked, logEndOffset: 40));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 3)]
    [InlineData(100, 4)]
    public void An_offset_has_the_epoch_that_it_was_written_in(long offset, int epoch) => Assert.Equal(epoch, History.EpochOf(offset));

    [Fact]
    public void Epochs_without_records_leave_no_trace()
    {
        var history = LeaderEpochHistory.Empty.With(new(0, 0)).With(new(1, 0)).With(new(2, 7)).With(new(3, 7));

        Assert.Equal([new LeaderEpochStart(1, 0), new LeaderEpochStart(3, 7)], history.Starts);
    }

    [Fact]
    public void What_is_before_the_log_start_is_forgotten_but_for_the_epoch_it_lies_in()
    {
        Assert.Equal([new LeaderEpochStart(3, 10), new LeaderEpochStart(4, 25)], History.From(12).Starts);
        Assert.Equal(History.Starts, History.From(5).Starts);
    }
}
