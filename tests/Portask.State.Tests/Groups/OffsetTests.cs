using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

public sealed class OffsetTests
{
    private const long Week = 604_800_000;
    private static readonly OffsetKey Key = new("t", 0);

    [Fact]
    public void Whoever_is_no_member_commits_while_the_group_is_empty()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.None, group.Commit("", -1, 5));
        Assert.Equal(5, group.State.Offsets[Key].Offset);
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
        group.Stable(1);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Commit("", -1, 6));
        Assert.Equal(5, group.State.Offsets[Key].Offset);
    }

    [Fact]
    public void Members_commit_in_their_generation_only()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.IllegalGeneration, group.Commit("a", 1, 5));
        var id = group.Joined(group.Join()).MemberId;
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Commit(id, 1, 5));
        group.Sync(id, 1, (id, "x"));
        Assert.Equal(ErrorCode.None, group.Commit(id, 1, 5));
        Assert.Equal(ErrorCode.IllegalGeneration, group.Commit(id, 0, 6));
        Assert.Equal(ErrorCode.UnknownMemberId, group.Commit("nobody", 1, 6));
        group.Join();
        Assert.Equal(ErrorCode.None, group.Commit(id, 1, 7));
        Assert.Equal(7, group.State.Offsets[Key].Offset);
    }

    [Fact]
    public void Metadata_has_a_limit_for_each_partition()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.None, group.Commit("", -1, 1, metadata: new string('x', 4096)));
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, group.Commit("", -1, 2, metadata: new string('é', 2049)));
        Assert.Equal(1, group.State.Offsets[Key].Offset);
    }

    [Fact]
    public void Offsets_outlive_the_last_member_by_the_retention_and_then_the_group_ends()
    {
        var group = new GroupBench();
        var id = group.Stable(1)[0];
        group.Commit(id, 1, 5);
        group.Leave((id, null));
        group.Advance(Week - 1_000);
        Assert.Equal(5, group.State.Offsets[Key].Offset);
        group.Advance(700_000);
        Assert.Empty(group.State.Offsets);
        Assert.Equal(GroupPhase.Dead, group.State.Phase);
        Assert.Empty(group.Timers);
    }

    [Fact]
    public void A_client_may_wish_for_less()
    {
        var group = new GroupBench();
        group.Commit("", -1, 5, retentionMs: 60_000);
        group.Commit("", -1, 6, topic: "kept");
        group.Advance(600_000);
        Assert.Equal(["kept"], group.State.Offsets.Keys.Select(k => k.Topic));
    }

    [Fact]
    public void A_live_group_keeps_the_offsets_of_its_topics_and_loses_those_of_others()
    {
        var group = new GroupBench();
        group.Commit("", -1, 6, topic: "left behind");
        var id = group.Stable(1)[0];
        group.Commit(id, 1, 5);
        for (var ms = 0L; ms < Week + 600_000; ms += 9_000)
        {
            group.Advance(9_000);
            Assert.Equal(ErrorCode.None, group.Beat(id, 1));
        }
        Assert.Equal(["t"], group.State.Offsets.Keys.Select(k => k.Topic));
    }

    [Fact]
    public void Offsets_of_topics_that_members_read_cannot_be_deleted()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.GroupIdNotFound, group.Replies[group.Send(t => new DeleteOffsets(t, [Key]))].Error);
        group.Commit("", -1, 6, topic: "other");
        var id = group.Stable(1)[0];
        group.Commit(id, 1, 5);
        var reply = (PartitionsReply)group.Replies[group.Send(t => new DeleteOffsets(t, [Key, new OffsetKey("other", 0)]))];
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None], reply.Partitions);
        Assert.Equal([Key], group.State.Offsets.Keys);
    }

    [Fact]
    public void A_group_of_another_protocol_type_deletes_offsets_only_when_empty()
    {
        var group = new GroupBench();
        var id = group.Joined(group.Join(protocolType: "connect")).MemberId;
        Assert.Equal(ErrorCode.NonEmptyGroup, group.Replies[group.Send(t => new DeleteOffsets(t, [Key]))].Error);
        group.Leave((id, null));
        Assert.Equal(ErrorCode.None, group.Replies[group.Send(t => new DeleteOffsets(t, [Key]))].Error);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_are_dropped_and_those_of_others_stay()
    {
        var (deleted, kept) = (Guid.NewGuid(), Guid.NewGuid());
        var group = new GroupBench();
        group.Send(t => new CommitOffsets(t, "", null, -1, null,
        [
            new OffsetToCommit(Key, deleted, 5, -1, null, null),
            new OffsetToCommit(new OffsetKey("kept", 0), kept, 6, -1, null, null),
        ]));

        group.Run(new DropTopic(deleted));
        group.Run(new DropTopic(Guid.NewGuid()));

        Assert.Equal(["kept"], group.State.Offsets.Keys.Select(k => k.Topic));
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
    }

    [Fact]
    public void Only_an_empty_group_can_be_deleted_and_its_generation_does_not_start_over()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.GroupIdNotFound, group.Replies[group.Send(t => new DeleteGroup(t))].Error);
        var id = group.Stable(1)[0];
        group.Commit(id, 1, 5);
        Assert.Equal(ErrorCode.NonEmptyGroup, group.Replies[group.Send(t => new DeleteGroup(t))].Error);
        group.Leave((id, null));
        Assert.Equal(ErrorCode.None, group.Replies[group.Send(t => new DeleteGroup(t))].Error);
        Assert.Equal(GroupPhase.Dead, group.State.Phase);
        Assert.Empty(group.State.Offsets);
        Assert.Equal(3, group.Joined(group.Join()).Generation);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 0, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 1, 0, 9, 65 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 1, 0xff, 0xff })]
    [InlineData(new byte[] { 0xff, 0xff, 0, 0, 0, 0 })]
    public void Metadata_that_is_no_subscription_is_seen_as_such(byte[] metadata) =>
        Assert.False(ConsumerSubscription.TryReadTopics(metadata, out _));
}
