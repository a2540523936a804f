using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

public sealed class MemberTests
{
    [Fact]
    public void Followers_wait_for_the_leaders_assignment()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join()).MemberId;
        group.Join();
        group.Join(first);
        var follower = group.State.Members.Keys.Single(id => id != group.State.Leader);
        var waiting = group.Sync(follower, 2);
        Assert.True(group.IsParked(waiting));
        var leading = group.Sync(group.State.Leader!, 2, (first, "one"), (follower, "two"), ("stranger", "three"));
        Assert.Equal(follower == first ? "one" : "two", GroupBench.Text(group.Synced(waiting).Assignment));
        Assert.Equal("consumer", group.Synced(leading).ProtocolType);
        Assert.Equal(GroupPhase.Stable, group.State.Phase);
        Assert.Equal("two", GroupBench.Text(group.Synced(group.Sync(first == follower ? group.State.Leader! : follower, 2)).Assignment));
    }

    [Fact]
    public void Who_does_not_sync_in_time_is_removed_and_the_rest_rebalances()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join(sessionMs: 60_000)).MemberId;
        group.Join(sessionMs: 60_000);
        group.Join(first, sessionMs: 60_000);
        var leader = group.State.Leader!;
        var follower = group.State.Members.Keys.Single(id => id != leader);
        var waiting = group.Sync(follower, 2);
        group.Advance(30_000);
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Synced(waiting).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat(leader, 2));
        Assert.Equal(3, group.Joined(group.Join(follower)).Generation);
    }

    [Fact]
    public void Checks_of_id_and_generation_come_before_the_phase()
    {
        var group = new GroupBench();
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat("nobody", 1));
        var id = group.Stable(1)[0];
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat("nobody", 1));
        Assert.Equal(ErrorCode.IllegalGeneration, group.Beat(id, 0));
        Assert.Equal(ErrorCode.IllegalGeneration, group.Synced(group.Sync(id, 2)).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat(id, 1, "instance"));
        Assert.Equal(ErrorCode.None, group.Beat(id, 1));
        var other = group.Send(t => new SyncGroup(t, id, null, 1, "consumer", "sticky", []));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, group.Synced(other).Error);
    }

    [Fact]
    public void Heartbeats_keep_a_session_and_silence_ends_it()
    {
        var group = new GroupBench();
        var id = group.Stable(1)[0];
        for (var i = 0; i < 5; i++)
        {
            group.Advance(9_000);
            Assert.Equal(ErrorCode.None, group.Beat(id, 1));
        }
        group.Advance(10_000);
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
        Assert.Equal(2, group.State.Generation);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat(id, 1));
    }

    [Fact]
    public void Stale_timeouts_change_nothing()
    {
        var group = new GroupBench();
        group.Stable(2);
        var state = group.State;
        foreach (var stale in new GroupCommand[] { new JoinTimeout(1), new SyncTimeout(1), new SessionTimeout("gone"), new PendingTimeout("gone") })
            group.Run(stale);
        Assert.Same(state, group.State);
    }

    [Fact]
    public void Several_members_leave_at_once_and_each_gets_its_answer()
    {
        var group = new GroupBench();
        var ids = group.Stable(3);
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.None],
            group.Leave((ids[0], null), ("nobody", null), (ids[1], null)));
        Assert.Equal(GroupPhase.PreparingRebalance, group.State.Phase);
        Assert.Equal([ErrorCode.None], group.Leave((ids[2], null)));
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
    }

    [Fact]
    public void A_static_member_comes_back_without_a_rebalance_and_fences_its_former_self()
    {
        var group = new GroupBench();
        var old = group.Joined(group.Join(instance: "i")).MemberId;
        group.Sync(old, 1, (old, "mine"));
        var reply = group.Joined(group.Join(instance: "i", maySkip: true));
        Assert.Equal((ErrorCode.None, 1, true, reply.MemberId), (reply.Error, reply.Generation, reply.SkipAssignment, reply.Leader));
        Assert.NotEqual(old, reply.MemberId);
        Assert.Equal("mine", GroupBench.Text(group.Synced(group.Sync(reply.MemberId, 1)).Assignment));
        Assert.Equal(ErrorCode.FencedInstanceId, group.Beat(old, 1, "i"));
        Assert.Equal(ErrorCode.FencedInstanceId, group.Joined(group.Join(old, instance: "i")).Error);
        Assert.Equal(ErrorCode.None, group.Beat(reply.MemberId, 1, "i"));
    }

    [Fact]
    public void A_static_leader_that_cannot_skip_assigning_is_shown_its_former_id()
    {
        var group = new GroupBench();
        var old = group.Joined(group.Join(instance: "i")).MemberId;
        group.Sync(old, 1, (old, "mine"));
        var reply = group.Joined(group.Join(instance: "i"));
        Assert.Equal((old, false), (reply.Leader, reply.SkipAssignment));
        Assert.Empty(reply.Members);
    }

    [Fact]
    public void A_static_member_with_other_topics_starts_a_rebalance()
    {
        var group = new GroupBench();
        var old = group.Joined(group.Join(instance: "i")).MemberId;
        group.Sync(old, 1, (old, "mine"));
        Assert.Equal(2, group.Joined(group.Join(instance: "i", topics: ["other"])).Generation);
    }

    [Fact]
    public void A_parked_join_of_a_replaced_static_member_is_fenced()
    {
        var group = new GroupBench();
        group.Joined(group.Join());
        var parked = group.Join(instance: "i");
        var again = group.Join(instance: "i");
        Assert.Equal(ErrorCode.FencedInstanceId, group.Joined(parked).Error);
        Assert.True(group.IsParked(again));
    }

    [Fact]
    public void An_operator_removes_a_static_member_by_its_instance_alone()
    {
        var group = new GroupBench();
        var id = group.Joined(group.Join(instance: "i")).MemberId;
        Assert.Equal([ErrorCode.FencedInstanceId, ErrorCode.UnknownMemberId], group.Leave(("other", "i"), ("", "j")));
        Assert.Equal([ErrorCode.None], group.Leave(("", "i")));
        Assert.DoesNotContain(id, group.State.Members.Keys);
    }

    [Fact]
    public void A_stable_group_goes_on_in_its_generation_after_a_restart()
    {
        var group = new GroupBench();
        var ids = group.Stable(2);
        var generation = group.State.Generation;
        group.Stall(3_600_000);
        group.Restart();
        Assert.All(ids, id => Assert.Equal(ErrorCode.None, group.Beat(id, generation)));
        Assert.Equal("for " + ids[0], GroupBench.Text(group.Synced(group.Sync(ids[0], generation)).Assignment));
        group.Advance(10_000);
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
    }

    [Fact]
    public void A_rebalance_goes_on_after_a_restart_and_drops_who_does_not_come_again()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join(sessionMs: 60_000)).MemberId;
        group.Join(sessionMs: 60_000);
        group.Restart();
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Beat(first, 1));
        var token = group.Join(first, sessionMs: 60_000);
        Assert.True(group.IsParked(token));
        group.Advance(30_000);
        Assert.Equal(2, group.Joined(token).Generation);
        Assert.Single(group.State.Members);
    }

    [Fact]
    public void A_generation_without_assignments_ends_after_a_restart_when_its_leader_stays_away()
    {
        var group = new GroupBench();
        group.Joined(group.Join(sessionMs: 60_000));
        group.Restart();
        group.Advance(30_000);
        Assert.Equal(GroupPhase.Empty, group.State.Phase);
    }
}
