using System.Globalization;
using Confluent.Kafka;
using Portask.Cluster.Tests.Harness;

namespace Portask.Cluster.Tests;

/// <summary>The judge of every other test of this project sees each kind of damage that it is there for, and no other.</summary>
public sealed class OracleTests
{
    // What librdkafka acknowledges without knowing where it is kept.
    private const long NoOffset = -1001;

    // A marker of a transaction or a batch of another producer may stand between two records.
    private static readonly (long Number, long Offset, int Epoch)[] Kept = [(0, 0, 1), (16, 1, 1), (32, 2, 1), (48, 5, 2), (64, 6, 2)];

    [Fact]
    public void What_is_kept_as_it_was_acknowledged_is_right()
    {
        Assert.Null(Judge(Kept, (0, 0), (16, 1), (32, 2), (48, 5), (64, 6)));
        Assert.Null(Judge(Kept, (16, NoOffset), (32, NoOffset), (48, 5)));
        // What was not acknowledged may be there.
        Assert.Null(Judge(Kept));
    }

    [Fact]
    public void A_lost_record_is_seen()
    {
        var violation = Judge([Kept[0], Kept[1], Kept[3]], (0, 0), (16, 1), (32, 2), (48, 5));

        Assert.Equal(("32, acknowledged at offset 2, is lost; that offset holds -1", 2L), (violation?.What, violation?.Offset));
    }

    [Fact]
    public void A_record_in_the_place_of_a_lost_one_is_named()
    {
        var violation = Judge([(0, 0, 1), (16, 1, 1), (48, 2, 2)], (0, 0), (16, 1), (32, 2));

        Assert.Equal("32, acknowledged at offset 2, is lost; that offset holds 48", violation?.What);
    }

    [Fact]
    public void A_lost_record_whose_place_the_client_never_knew_is_seen_before_the_next_one()
    {
        var violation = Judge([Kept[0], Kept[1], Kept[3], Kept[4]], (32, NoOffset), (48, 5));

        Assert.Equal(5, violation?.Offset);
        Assert.StartsWith("32, acknowledged at offset -1001, is lost", violation?.What, StringComparison.Ordinal);
        // The last one has none behind it.
        Assert.Equal(-1, Judge([Kept[0]], (16, NoOffset))?.Offset);
    }

    [Fact]
    public void A_record_that_stands_twice_is_seen_acknowledged_or_not()
    {
        var violation = Judge([Kept[0], Kept[1], (16, 2, 1)]);

        Assert.Equal(("16 stands at offset 1 and again at 2", 2L), (violation?.What, violation?.Offset));
        Assert.NotNull(Judge([Kept[0], Kept[1], Kept[2], (16, 7, 2)], (16, 1)));
    }

    [Fact]
    public void Records_out_of_order_are_seen()
    {
        Assert.Equal("16 stands behind 32 at offset 2", Judge([(0, 0, 1), (32, 1, 1), (16, 2, 1)], (16, 2), (32, 1))?.What);
        Assert.Equal("offset 1 comes behind 1", Judge([(0, 0, 1), (16, 1, 1), (32, 1, 1)])?.What);
    }

    [Fact]
    public void A_record_that_is_not_where_it_was_acknowledged_is_seen()
    {
        Assert.Equal("32, acknowledged at offset 3, stands at 2", Judge(Kept, (32, 3))?.What);
    }

    [Fact]
    public void A_leader_epoch_that_falls_is_seen()
    {
        Assert.Equal("epoch 1 comes behind 2 at offset 2", Judge([(0, 0, 1), (16, 1, 2), (32, 2, 1)])?.What);
    }

    [Theory]
    [InlineData("10 20 30", null)]
    // Not every commit is looked at, and the last one may be told again and again.
    [InlineData("20", null)]
    [InlineData("", null)]
    // The client itself committed a lower one again: told in the journal's order it is right.
    [InlineData("30 15 40", null)]
    // A commit that was told and is forgotten: the one before it is told again, or one that was never made.
    [InlineData("20 10", 10L)]
    [InlineData("40 30", 30L)]
    [InlineData("10 25", 25L)]
    public void Commits_are_held_against_the_groups_journal(string told, long? wrong)
    {
        string[] journal =
        [
            "12:00:00.000 4 offsets committed by m-1: t/0 at 10, t/1 at 7",
            "12:00:00.500 5 offsets committed by m-1: t/0 at 20, t/10 at 25",
            "12:00:01.000 6 member m-2 joined",
            "12:00:01.500 7 offsets committed by m-2: t/0 at 30",
            "12:00:02.000 8 offsets committed by m-2: t/0 at 15",
            "12:00:02.500 9 offsets committed by m-2: t/0 at 40",
        ];

        var violation = Oracle.JudgeCommits(journal, 0, [.. told.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)]);

        Assert.Equal(wrong, violation?.Offset);
    }

    private static Violation? Judge((long Number, long Offset, int Epoch)[] read, params (long Number, long Offset)[] acknowledged) => Oracle.Judge(
        [.. read.Select(record => new ConsumeResult<string, string>
        {
            TopicPartitionOffset = new TopicPartitionOffset("t", 0, record.Offset, record.Epoch),
            Message = new() { Value = record.Number.ToString(CultureInfo.InvariantCulture) },
        })],
        [.. acknowledged.Select(one => new Acknowledged(one.Number, one.Offset, 0))]);
}
