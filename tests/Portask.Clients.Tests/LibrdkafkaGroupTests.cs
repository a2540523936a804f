using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Confluent.Kafka: consumer groups of the classic protocol.</summary>
public sealed class LibrdkafkaGroupTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData(PartitionAssignmentStrategy.Range)]
    [InlineData(PartitionAssignmentStrategy.RoundRobin)]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky)]
    public async Task Three_members_share_six_partitions_and_read_everything_once(PartitionAssignmentStrategy strategy)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 6);
        var group = BrokerFixture.NewName("three");
        await using var members = new GroupMembers(broker.Bootstrap, topic, group, strategy);
        for (var i = 0; i < 3; i++)
            members.Add($"m{i}");
        await members.WhenBalancedAsync(partitions: 6, members: 3);
        for (var partition = 0; partition < 6; partition++)
            await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 50, partition);

        await members.WhenReadAsync(300);

        Assert.Equal(300, members.Read.Distinct().Count());
        Assert.Equal([2, 2, 2], members.PartitionsOfEach());
    }

    [Fact]
    public async Task A_static_member_that_comes_back_keeps_its_partitions_without_a_rebalance()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 4);
        var group = BrokerFixture.NewName("static");
        await using var members = new GroupMembers(broker.Bootstrap, topic, group, PartitionAssignmentStrategy.Range);
        members.Add("a", instanceId: "a");
        members.Add("b", instanceId: "b");
        await members.WhenBalancedAsync(partitions: 4, members: 2);
        var (ofA, ofB) = (members.PartitionsOf("a"), members.PartitionsOf("b"));
        var rebalancesOfB = members.RebalancesOf("b");

        await members.StopAsync("a");
        members.Add("a", instanceId: "a");
        await members.WhenBalancedAsync(partitions: 4, members: 2);

        Assert.Equal(ofA, members.PartitionsOf("a"));
        Assert.Equal(ofB, members.PartitionsOf("b"));
        Assert.Equal(rebalancesOfB, members.RebalancesOf("b"));
    }

    [Fact]
    public async Task A_group_goes_on_where_it_committed_with_its_metadata()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var group = BrokerFixture.NewName("resume");
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 10);
        using (var first = Librdkafka.Consumer(broker.Bootstrap, group).Build())
        {
            first.Subscribe(topic);
            var read = Librdkafka.Read(first, 4);
            first.Commit(read[^1]);
            first.Close();
        }

        using var second = Librdkafka.Consumer(broker.Bootstrap, group).Build();
        Assert.Equal(4, second.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset.Value);
        second.Subscribe(topic);
        Assert.Equal("v4", Librdkafka.Read(second, 1)[0].Message.Value);
        second.Close();
    }
}
