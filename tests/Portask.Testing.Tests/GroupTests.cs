using Confluent.Kafka;
using Portask.Protocol;
using Portask.Protocol.Messages;
using ErrorCode = Portask.Protocol.ErrorCode;

namespace Portask.Testing.Tests;

public class GroupTests
{
    [Fact]
    public async Task A_group_shows_its_members_assignments_offsets_and_lag()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 2));
        using var producer = broker.Producer();
        for (var i = 0; i < 10; i++)
            await producer.ProduceAsync(new TopicPartition("orders", i % 2), new Message<string, string> { Value = "v" + i });
        Assert.Equal("Dead", broker.Group("g").State);
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        Assert.Equal(10, consumer.Take(10).Count);
        consumer.Commit([new("orders", 0, 5), new("orders", 1, 3)]);

        await broker.Group("g").WaitForCommittedAsync("orders", 1, 3);

        var group = await broker.Group("g").DescribeAsync();
        Assert.Equal(("Stable", 1), (group.State, group.Generation));
        Assert.Equal("consumer", Assert.Single(group.Members).ClientId);
        Assert.Equal([new("orders", 0), new("orders", 1)], group.Members[0].Assignment.OrderBy(one => one.Partition));
        Assert.Equal(5, group.CommittedOffsets[new("orders", 0)]);
        Assert.Equal((0, 2), (group.Lag[new("orders", 0)], group.Lag[new("orders", 1)]));
        var failed = await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.Group("g").WaitForCommittedAsync("orders", 1, 4, TimeSpan.FromMilliseconds(50)));
        Assert.Contains("group g has not committed orders-1 up to 4: it is Stable in generation 1 with 1 members (consumer)", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forced_rebalance_revokes_and_assigns_again()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 2));
        var (assigned, revoked) = (0, 0);
        using var consumer = broker.Consumer("g", handlers: builder => builder
            .SetPartitionsAssignedHandler((_, _) => assigned++)
            .SetPartitionsRevokedHandler((_, _) => revoked++));
        consumer.Subscribe("orders");
        consumer.PollUntil(() => assigned == 1);
        var (generation, member) = (broker.Group("g").Generation, broker.Group("g").Members[0].MemberId);

        await broker.Group("g").RebalanceAsync();

        consumer.PollUntil(() => assigned == 2);
        Assert.Equal(1, revoked);
        Assert.True(broker.Group("g").Generation > generation);
        Assert.Equal(member, Assert.Single(broker.Group("g").Members).MemberId);
        Assert.Contains(broker.Requests.Of(ApiKey.Heartbeat), request => request.Errors.Contains(ErrorCode.RebalanceInProgress));
        await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.Group("nobody").RebalanceAsync());
    }

    [Fact]
    public async Task A_member_that_is_taken_out_loses_its_partitions_and_joins_anew()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", 2));
        var (assigned, lost) = (0, 0);
        using var consumer = broker.Consumer("g", handlers: builder => builder
            .SetPartitionsAssignedHandler((_, _) => assigned++)
            .SetPartitionsLostHandler((_, _) => lost++));
        consumer.Subscribe("orders");
        consumer.PollUntil(() => assigned == 1);
        var member = broker.Group("g").Members[0].MemberId;

        await broker.Group("g").RemoveMemberAsync(member);

        consumer.PollUntil(() => assigned == 2);
        Assert.Equal(1, lost);
        Assert.NotEqual(member, Assert.Single(broker.Group("g").Members).MemberId);
        await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.Group("g").RemoveMemberAsync(member));
    }

    [Fact]
    public async Task A_coordinator_that_moves_answers_not_coordinator_until_it_is_asked_for_again()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        consumer.PollUntil(() => broker.Group("g").State == "Stable");
        var (member, asked) = (broker.Group("g").Members[0].MemberId, broker.Requests.Of(ApiKey.FindCoordinator).Count);

        broker.Group("g").MoveCoordinator();

        consumer.PollUntil(() => broker.Requests.Of(ApiKey.Heartbeat).Any(request => request.Errors.Contains(ErrorCode.NotCoordinator)));
        consumer.PollUntil(() => broker.Requests.Of(ApiKey.Heartbeat)[^1] is { IsAnswered: true, Errors.Count: 0 });
        Assert.True(broker.Requests.Of(ApiKey.FindCoordinator).Count > asked);
        Assert.Equal(member, Assert.Single(broker.Group("g").Members).MemberId);
    }

    [Fact]
    public async Task The_log_of_requests_tells_what_clients_asked_for()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g", config => config.IsolationLevel = IsolationLevel.ReadCommitted);
        consumer.Assign(new TopicPartition("orders", 0));
        consumer.PollUntil(() => broker.Requests.Of(ApiKey.Fetch).Count > 0);

        Assert.All(broker.Requests.Of<FetchRequest>("consumer"), fetch => Assert.Equal(1, fetch.IsolationLevel));
        var request = await broker.Requests.WaitForAsync(request => request.Api == ApiKey.ApiVersions);
        Assert.Equal(("consumer", true), (request.ClientId, request.Version >= 3));
        broker.Requests.Clear();
        // A connection that the client makes only now is asked for too.
        Assert.DoesNotContain(broker.Requests, one => one.Number <= request.Number);
        await Assert.ThrowsAsync<EmbeddedBrokerException>(() => broker.Requests.WaitForAsync(one => one.Api == ApiKey.EndTxn, TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task The_log_of_requests_is_bounded_and_holds_no_records()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o =>
        {
            o.RequestLogCapacity = 5;
            o.Topics.Add("orders");
        });
        using var producer = broker.Producer();
        for (var i = 0; i < 10; i++)
            await producer.ProduceAsync("orders", "v");
        Assert.Equal(5, broker.Requests.Count());
        Assert.All(broker.Requests.Of<ProduceRequest>(), produce => Assert.Equal(0, produce.TopicData[0].PartitionData[0].Records?.Length));
    }
}
