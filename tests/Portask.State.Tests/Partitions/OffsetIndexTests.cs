using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

public class OffsetIndexTests
{
    private const int BatchBytes = OffsetIndex.StretchBytes / 2;

    // Batches of ten records, two to a stretch; times rise by 100 a batch.
    private static OffsetIndex Index(int batches)
    {
        var index = new OffsetIndex([]);
        for (var i = 0; i < batches; i++)
            index.Add(i * 10, i + 1, i * 100, BatchBytes);
        return index;
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(19, 0)]
    [InlineData(20, 20)]
    [InlineData(59, 40)]
    [InlineData(1000, 80)]
    public void The_point_at_or_before_an_offset_is_found(long offset, long expected) => Assert.Equal(expected, Index(10).Floor(offset)?.Offset);

    [Fact]
    public void An_empty_index_knows_nothing()
    {
        Assert.Null(Index(0).Floor(0));
        Assert.Null(Index(0).Latest());
        Assert.Null(Index(0).FirstNotBefore(0, 0));
    }

    [Theory]
    [InlineData(0, 0, 0L)]
    [InlineData(150, 0, 20L)]
    [InlineData(0, 45, 40L)]
    [InlineData(901, 0, null)]
    public void The_first_stretch_that_is_new_enough_is_found(long timestamp, long from, long? expected) =>
        Assert.Equal(expected, Index(10).FirstNotBefore(timestamp, from)?.Offset);

    [Fact]
    public void No_stretch_lies_in_two_segments()
    {
        var index = Index(1);

        index.Add(10, 2, 100, BatchBytes, startsSegment: true);

        Assert.Equal([0L, 10L], index.ToList().Select(point => point.Offset));
    }

    [Fact]
    public void Trimming_forgets_stretches_that_lie_wholly_before()
    {
        var index = Index(10);

        index.TrimBefore(45, nextOffset: 100);

        Assert.Equal([40L, 60L, 80L], index.ToList().Select(point => point.Offset));
        Assert.Equal(6L * BatchBytes, index.SizeInBytes);
        index.TrimBefore(100, nextOffset: 100);
        Assert.Equal(0, index.SizeInBytes);
    }
}
