using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Clients.Tests;

/// <summary>Committed offsets and the groups that hold them, request by request, over the end of the broker too.</summary>
public sealed class GroupOffsetTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private readonly string _group = BrokerFixture.NewName("offsets");

    [Fact]
    public async Task A_deleted_topic_takes_its_offsets_along_and_a_new_one_of_that_name_has_none()
    {
        var (topic, other) = (await CreateAsync(), await CreateAsync());
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        await CommitAsync(client, _group, topic, 5);
        await CommitAsync(client, _group, other, 6);

        await client.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TimeoutMs = 10_000, TopicNames = [topic] }, 3);
        Assert.Equal([(other, 6L)], await CommittedAsync(client, _group));
        await client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 9);

        Assert.Equal([(other, 6L)], await CommittedAsync(client, _group));
        Assert.Equal([(topic, -1L)], await CommittedAsync(client, _group, topic));
    }

    [Fact]
    public async Task A_deleted_group_is_gone_from_the_list_after_a_kill_as_well()
    {
        await using var own = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(own.Bootstrap, 1);
        using (var client = await WireClient.ConnectAsync(own.EndPoint))
        {
            await CommitAsync(client, _group, topic, 5);
            await CommitAsync(client, _group + "-kept", topic, 6);
            var deleted = await client.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(new() { GroupsNames = [_group, "absent"] }, 2);
            Assert.Equal([ErrorCode.None, ErrorCode.GroupIdNotFound], deleted.Results.Select(result => result.ErrorCode));
            Assert.Equal([_group + "-kept"], await ListAsync(client));
        }

        await own.KillAsync();
        await own.StartAgainAsync();

        using var again = await WireClient.ConnectAsync(own.EndPoint);
        Assert.Equal([_group + "-kept"], await ListAsync(again));
        Assert.Empty(await CommittedAsync(again, _group));
        Assert.Equal([(topic, 6L)], await CommittedAsync(again, _group + "-kept"));
    }

    [Fact]
    public async Task Offsets_of_several_groups_come_in_one_answer_all_of_them_or_those_asked_for()
    {
        var (topic, other) = (await CreateAsync(), await CreateAsync());
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        await CommitAsync(client, _group, topic, 5);
        await CommitAsync(client, _group, other, 6);
        var request = new OffsetFetchRequest
        {
            Groups =
            [
                new() { GroupId = _group, Topics = null },
                new() { GroupId = _group, Topics = [new() { Name = topic, PartitionIndexes = [0, 9] }] },
                new() { GroupId = "absent", Topics = [new() { Name = topic, PartitionIndexes = [0] }] },
            ],
        };

        var answer = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, 8);

        Assert.All(answer.Groups, group => Assert.Equal(ErrorCode.None, group.ErrorCode));
        Assert.Equal(new[] { topic, other }.Order(), answer.Groups[0].Topics.Select(one => one.Name).Order());
        Assert.Equal([5L, -1L], answer.Groups[1].Topics[0].Partitions.Select(one => one.CommittedOffset));
        Assert.Equal([-1L], answer.Groups[2].Topics[0].Partitions.Select(one => one.CommittedOffset));
    }

    [Fact]
    public async Task A_client_may_wish_for_a_retention_in_the_versions_that_have_one()
    {
        var topic = await CreateAsync();
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        for (short version = 2; version <= 4; version++)
        {
            var request = Commit(_group, topic, version);
            request.RetentionTimeMs = 3_600_000;
            Assert.Equal(ErrorCode.None, (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(request, version)).Topics[0].Partitions[0].ErrorCode);

            Assert.Equal([(topic, (long)version)], await CommittedAsync(client, _group, topic));
        }
    }

    [Fact]
    public async Task A_topic_that_a_member_reads_keeps_its_offsets()
    {
        var (read, left) = (await CreateAsync(), await CreateAsync());
        await Librdkafka.ProduceAsync(broker.Bootstrap, read, 1);
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        await CommitAsync(client, _group, left, 3);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, _group).Build();
        consumer.Subscribe(read);
        consumer.Commit(Librdkafka.Read(consumer, 1)[0]);

        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None, ErrorCode.UnknownTopicOrPartition], await DeleteAsync(read, left, "absent"));
        consumer.Close();

        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition], await DeleteAsync(read, left, "absent"));
        Assert.Empty(await CommittedAsync(client, _group));

        async Task<IEnumerable<ErrorCode>> DeleteAsync(params string[] topics)
        {
            var request = new OffsetDeleteRequest { GroupId = _group, Topics = [.. topics.Select(topic => new OffsetDeleteRequestTopic { Name = topic, Partitions = [new()] })] };
            var answer = await client.AskAsync<OffsetDeleteRequest, OffsetDeleteResponse>(request, 0);
            Assert.Equal(ErrorCode.None, answer.ErrorCode);
            return answer.Topics.Select(topic => topic.Partitions[0].ErrorCode);
        }
    }

    private static OffsetCommitRequest Commit(string group, string topic, long offset) => new()
    {
        GroupId = group,
        GenerationIdOrMemberEpoch = -1,
        Topics = [new() { Name = topic, Partitions = [new() { CommittedOffset = offset }] }],
    };

    private static async Task CommitAsync(WireClient client, string group, string topic, long offset) => Assert.Equal(
        ErrorCode.None,
        (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(Commit(group, topic, offset), 5)).Topics[0].Partitions[0].ErrorCode);

    /// <summary>Offsets of the topics named, of all where none is.</summary>
    private static async Task<IEnumerable<(string Topic, long Offset)>> CommittedAsync(WireClient client, string group, params string[] topics)
    {
        var request = new OffsetFetchRequest
        {
            GroupId = group,
            Topics = topics.Length == 0 ? null : [.. topics.Select(topic => new OffsetFetchRequestTopic { Name = topic, PartitionIndexes = [0] })],
        };
        var answer = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, 7);
        return answer.Topics.Select(topic => (topic.Name, topic.Partitions[0].CommittedOffset));
    }

    private static async Task<IEnumerable<string>> ListAsync(WireClient client) =>
        (await client.AskAsync<ListGroupsRequest, ListGroupsResponse>(new(), 4)).Groups.Select(group => group.GroupId);

    private Task<string> CreateAsync() => Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
}
