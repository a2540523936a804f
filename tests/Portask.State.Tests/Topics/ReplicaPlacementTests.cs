using Portask.State.Topics;

namespace Portask.State.Tests.Topics;

public class ReplicaPlacementTests
{
    private static readonly Guid Topic = Guid.Parse("0f9c1dcd-6d7f-4d39-8f0e-1f6c7e7a4a10");

    [Fact]
    public void The_leader_comes_first_and_nobody_twice()
    {
        for (var leader = 1; leader <= 3; leader++)
        {
            var replicas = ReplicaPlacement.Of(Topic, 4, 3, [1, 2, 3], leader);
            Assert.Equal(leader, replicas[0]);
            Assert.Equal([1, 2, 3], replicas.Order());
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 3)]
    public void There_are_as_many_as_the_factor_says_and_brokers_there_are(int factor, int expected) =>
        Assert.Equal(expected, ReplicaPlacement.Of(Topic, 0, factor, [1, 2, 3], 2).Length);

    [Fact]
    public void Without_a_leader_those_are_named_that_can_lead() => Assert.Equal(2, ReplicaPlacement.Of(Topic, 0, 2, [1, 2, 3], -1).Length);

    [Fact]
    public void A_further_broker_changes_only_the_partitions_that_it_comes_to()
    {
        for (var partition = 0; partition < 100; partition++)
        {
            var before = ReplicaPlacement.Of(Topic, partition, 3, [1, 2, 3, 4], -1);
            var after = ReplicaPlacement.Of(Topic, partition, 3, [1, 2, 3, 4, 5], -1);
            Assert.True(after.Except(before).All(broker => broker == 5));
        }
    }

    [Fact]
    public void Replicas_are_spread_over_the_brokers()
    {
        var counts = Enumerable.Range(0, 1000)
            .SelectMany(partition => ReplicaPlacement.Of(Topic, partition, 2, Enumerable.Range(1, 10), -1))
            .CountBy(broker => broker)
            .Select(entry => entry.Value)
            .ToList();

        Assert.Equal(10, counts.Count);
        Assert.All(counts, count => Assert.InRange(count, 150, 250));
    }
}
