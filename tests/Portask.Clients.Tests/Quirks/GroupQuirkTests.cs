using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Members, generations and committed offsets, with members that do nothing but what the test says.</summary>
public sealed class GroupQuirkTests(BrokerFixture broker) : QuirkScenarios(broker), IClassFixture<BrokerFixture>
{
    private readonly string _group = BrokerFixture.NewName("quirk");

    [Theory]
    [Quirk(4)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_first_versions_of_JoinGroup_make_a_member(short version)
    {
        using var client = await ConnectAsync();
        var request = Join();
        request.RebalanceTimeoutMs = version == 0 ? -1 : 10_000;

        var joined = await client.AskAsync<JoinGroupRequest, JoinGroupResponse>(request, version);

        Assert.Equal((ErrorCode.None, 1, "range"), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName));
        Assert.Equal(joined.Leader, joined.MemberId);
        Assert.Single(joined.Members);
    }

    [Fact]
    [Quirk(11)]
    public async Task Members_of_one_client_id_stay_apart_and_a_late_one_starts_a_generation()
    {
        using var first = await ConnectAsync();
        using var second = await ConnectAsync();
        var a = await StableAsync(first);

        // Both connections have the same client id.
        await second.SendAsync(Join(), 3);
        await WhenRebalancingAsync(first, a);
        Assert.Equal(ErrorCode.RebalanceInProgress, (await SyncAsync(first, a, 1)).ErrorCode);
        var rejoined = await first.AskAsync<JoinGroupRequest, JoinGroupResponse>(Join(a), 3);
        var joined = await second.ReceiveAsync<JoinGroupResponse>(3);

        Assert.Equal((a, 2, 2), (rejoined.MemberId, rejoined.GenerationId, joined.GenerationId));
        Assert.NotEqual(a, joined.MemberId);
        Assert.Equal(new[] { a, joined.MemberId }.Order(), rejoined.Members.Concat(joined.Members).Select(member => member.MemberId).Order());
    }

    [Fact]
    [Quirk(11)]
    public async Task A_member_that_does_not_come_back_is_evicted_while_others_join()
    {
        const int RebalanceTimeoutMs = 500;
        using var silent = await ConnectAsync();
        using var late = await ConnectAsync();
        // A machine with more work than processors may take longer than that between the two, and a member that does not sync is out.
        JoinGroupResponse gone;
        do
            gone = await silent.AskAsync<JoinGroupRequest, JoinGroupResponse>(Join(rebalanceTimeoutMs: RebalanceTimeoutMs), 3);
        while ((await SyncAsync(silent, gone.MemberId, gone.GenerationId)).ErrorCode != ErrorCode.None);

        var joined = await late.AskAsync<JoinGroupRequest, JoinGroupResponse>(Join(rebalanceTimeoutMs: RebalanceTimeoutMs), 3);

        Assert.Equal((ErrorCode.None, gone.GenerationId + 1), (joined.ErrorCode, joined.GenerationId));
        Assert.Equal(joined.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, await HeartbeatAsync(silent, gone.MemberId, gone.GenerationId));
    }

    [Fact]
    [Quirk(12)]
    public async Task LeaveGroup_answers_each_of_its_members()
    {
        using var client = await ConnectAsync();
        var member = await StableAsync(client);
        var request = new LeaveGroupRequest { GroupId = _group, Members = [new() { MemberId = "nobody" }, new() { MemberId = member }] };

        var left = await client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(request, 3);

        Assert.Equal(ErrorCode.None, left.ErrorCode);
        Assert.Equal([("nobody", ErrorCode.UnknownMemberId), (member, ErrorCode.None)], left.Members.Select(one => (one.MemberId, one.ErrorCode)));
        Assert.Equal(ErrorCode.UnknownMemberId, await HeartbeatAsync(client, member, 1));
    }

    [Theory]
    [Quirk(24)]
    [InlineData("consumer", "roundrobin")]
    [InlineData("connect", "range")]
    public async Task A_protocol_that_members_do_not_share_leaves_the_group_as_it_was(string type, string protocol)
    {
        using var client = await ConnectAsync();
        using var other = await ConnectAsync();
        var member = await StableAsync(client);
        var stranger = Join();
        (stranger.ProtocolType, stranger.Protocols[0].Name) = (type, protocol);

        var refused = await other.AskAsync<JoinGroupRequest, JoinGroupResponse>(stranger, 3);

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, refused.ErrorCode);
        Assert.Equal(ErrorCode.None, await HeartbeatAsync(client, member, 1));
        var described = await client.AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = [_group] }, 4);
        Assert.Equal(("Stable", "range", 1), (described.Groups[0].GroupState, described.Groups[0].ProtocolData, described.Groups[0].Members.Count));
    }

    [Fact]
    [Quirk(25)]
    public async Task A_committed_5_is_read_next_after_the_last_member_has_left()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var member = await StableAsync(client);
        await CommitAsync(client, topic, 5, null, member, 1);
        await client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(new() { GroupId = _group, MemberId = member }, 1);

        Assert.Equal(5, (await CommittedAsync(client, topic)).CommittedOffset);
    }

    [Theory]
    [Quirk(23)]
    [InlineData("")]
    [InlineData("from host ä, 3 records in flight")]
    public async Task The_metadata_of_a_commit_comes_back(string metadata)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await CommitAsync(client, topic, 3, metadata);

        Assert.Equal(metadata, (await CommittedAsync(client, topic)).Metadata);
    }

    [Fact]
    [Quirk(18)]
    public async Task ConsumerGroupDescribe_does_not_find_a_classic_group()
    {
        using var client = await ConnectAsync();
        await StableAsync(client);

        var answer = await client.AskAsync<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(new() { GroupIds = [_group, "absent"] }, 0);

        Assert.Equal(
            [(_group, ErrorCode.GroupIdNotFound), ("absent", ErrorCode.GroupIdNotFound)], answer.Groups.Select(group => (group.GroupId, group.ErrorCode)));
    }

    private JoinGroupRequest Join(string member = "", int rebalanceTimeoutMs = 30_000) => new()
    {
        GroupId = _group,
        SessionTimeoutMs = 30_000,
        RebalanceTimeoutMs = rebalanceTimeoutMs,
        MemberId = member,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 0, 0, 0, 0, 0 } }],
    };

    /// <summary>The only member of the group, in generation 1.</summary>
    private async Task<string> StableAsync(WireClient client)
    {
        var joined = await client.AskAsync<JoinGroupRequest, JoinGroupResponse>(Join(), 3);
        Assert.Equal((ErrorCode.None, 1), (joined.ErrorCode, joined.GenerationId));
        Assert.Equal(ErrorCode.None, (await SyncAsync(client, joined.MemberId, 1)).ErrorCode);
        return joined.MemberId;
    }

    private Task<SyncGroupResponse> SyncAsync(WireClient client, string member, int generation) => client.AskAsync<SyncGroupRequest, SyncGroupResponse>(
        new() { GroupId = _group, GenerationId = generation, MemberId = member, Assignments = [new() { MemberId = member, Assignment = "a"u8.ToArray() }] }, 2);

    private async Task<ErrorCode> HeartbeatAsync(WireClient client, string member, int generation) => (await client.AskAsync<HeartbeatRequest, HeartbeatResponse>(
        new() { GroupId = _group, GenerationId = generation, MemberId = member }, 2)).ErrorCode;

    // The other member's request travels on a connection of its own, so only the group itself can say that it has arrived.
    private async Task WhenRebalancingAsync(WireClient client, string member)
    {
        for (var deadline = DateTime.UtcNow + Librdkafka.Patience; await HeartbeatAsync(client, member, 1) != ErrorCode.RebalanceInProgress;)
            Assert.True(DateTime.UtcNow < deadline, "no rebalance began");
    }

    private async Task CommitAsync(WireClient client, string topic, long offset, string? metadata, string member = "", int generation = -1)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = _group,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            Topics = [new() { Name = topic, Partitions = [new() { CommittedOffset = offset, CommittedMetadata = metadata }] }],
        };
        Assert.Equal(ErrorCode.None, (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(request, 5)).Topics[0].Partitions[0].ErrorCode);
    }

    private async Task<OffsetFetchResponsePartition> CommittedAsync(WireClient client, string topic) =>
        (await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = _group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, 7)).Topics[0].Partitions[0];
}
