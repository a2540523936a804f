using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

public sealed class JoinTests
{
    [Fact]
    public void The_first_member_leads_the_first_generation()
    {
        var group = new GroupBench();
        var reply = group.Joined(group.Join());
        Assert.Equal((ErrorCode.None, 1, "range", reply.MemberId), (reply.Error, reply.Generation, reply.Protocol, reply.Leader));
        Assert.Single(reply.Members);
        Assert.Collection(
            group.LastEvents,
            e => Assert.IsType<GroupCreated>(e),
            e => Assert.IsType<MemberJoined>(e),
            e => Assert.IsType<RebalanceStarted>(e),
            e => Assert.IsType<GenerationStarted>(e));
    }

    [Fact]
    public void A_new_dynamic_member_is_told_its_id_first_and_nothing_is_journaled()
    {
        var group = new GroupBench();
        var told = group.Joined(group.Join(requiresId: true));
        Assert.Equal(ErrorCode.MemberIdRequired, told.Error);
        Assert.Empty(group.Journal);
        Assert.Equal(ErrorCode.None, group.Joined(group.Join(told.MemberId, requiresId: true)).Error);
        Assert.DoesNotContain(GroupTimer.Pending(told.MemberId), group.Timers.Keys);
    }

    [Fact]
    public void An_id_that_nobody_came_back_with_is_forgotten_after_the_session_timeout()
    {
        var group = new GroupBench();
        var told = group.Joined(group.Join(requiresId: true));
        group.Advance(10_000);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Joined(group.Join(told.MemberId)).Error);
    }

    [Fact]
    public void Ids_given_out_count_towards_the_size_of_a_group()
    {
        var group = new GroupBench(new GroupSettings { InitialRebalanceDelayMs = 0, MaxSize = 1 });
        var told = group.Joined(group.Join(requiresId: true));
        Assert.Equal(ErrorCode.GroupMaxSizeReached, group.Joined(group.Join(requiresId: true)).Error);
        Assert.Equal(ErrorCode.None, group.Joined(group.Join(told.MemberId)).Error);
    }

    [Theory]
    [InlineData(5_999, ErrorCode.InvalidSessionTimeout)]
    [InlineData(6_000, ErrorCode.None)]
    [InlineData(1_800_000, ErrorCode.None)]
    [InlineData(1_800_001, ErrorCode.InvalidSessionTimeout)]
    public void Session_timeouts_have_bounds(int sessionMs, ErrorCode expected)
    {
        var group = new GroupBench();
        Assert.Equal(expected, group.Joined(group.Join(sessionMs: sessionMs)).Error);
    }

    [Fact]
    public void A_first_join_waits_for_others_and_longer_while_others_come()
    {
        var group = new GroupBench(new GroupSettings());
        var first = group.Join();
        group.Advance(2_000);
        var second = group.Join();
        group.Advance(1_000);
        Assert.True(group.IsParked(first), "the second member extends the delay");
        group.Advance(3_000);
        Assert.Equal(1, group.Joined(first).Generation);
        Assert.Equal(1, group.Joined(second).Generation);
    }

    [Fact]
    public void The_initial_delay_ends_with_the_rebalance_timeout_however_many_come()
    {
        var group = new GroupBench(new GroupSettings());
        var first = group.Join(rebalanceMs: 7_000);
        for (var i = 0; i < 7; i++)
        {
            Assert.True(group.IsParked(first));
            group.Advance(999);
            group.Join(rebalanceMs: 7_000);
        }
        group.Advance(7);
        Assert.False(group.IsParked(first));
        Assert.Equal(8, group.State.Members.Count);
    }

    [Fact]
    public void Inconsistent_protocols_leave_the_group_as_it_was()
    {
        var group = new GroupBench();
        group.Stable(2);
        var (state, waiting) = (group.State, group.Waiting);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, group.Joined(group.Join(protocols: ["sticky"])).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, group.Joined(group.Join(protocolType: "connect")).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, group.Joined(group.Join(protocols: [])).Error);
        Assert.Same(state, group.State);
        Assert.Same(waiting, group.Waiting);
    }

    [Fact]
    public void The_protocol_that_most_prefer_wins_among_those_that_all_know()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join(protocols: ["a", "b", "c"])).MemberId;
        group.Join(protocols: ["c", "b"]);
        group.Join(protocols: ["c", "b", "a"]);
        group.Join(first, protocols: ["a", "b", "c"]);
        Assert.Equal("c", group.State.Protocol);
    }

    [Fact]
    public void A_late_joiner_bumps_the_generation_and_the_synced_are_told()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join()).MemberId;
        var second = group.Join();
        Assert.True(group.IsParked(second));
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Beat(first, 1));
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Synced(group.Sync(first, 1)).Error);
        var again = group.Join(first);
        Assert.Equal((2, 2), (group.Joined(again).Generation, group.Joined(second).Generation));
        Assert.Equal(2, group.Joined(again).Members.Count);
        Assert.Empty(group.Joined(second).Members);
    }

    [Fact]
    public void A_join_evicts_a_member_whose_session_is_over_instead_of_waiting_for_it()
    {
        var group = new GroupBench();
        var silent = group.Stable(1)[0];
        group.Stall(10_001);
        var token = group.Join();
        Assert.Equal(ErrorCode.None, group.Joined(token).Error);
        Assert.DoesNotContain(silent, group.State.Members.Keys);
    }

    [Fact]
    public void A_rebalance_drops_who_does_not_join_in_time()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join(sessionMs: 60_000)).MemberId;
        var second = group.Join(sessionMs: 60_000);
        group.Advance(29_999);
        Assert.True(group.IsParked(second));
        group.Advance(1);
        Assert.Equal(2, group.Joined(second).Generation);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Beat(first, 1));
    }

    [Fact]
    public void Joining_again_unchanged_answers_the_current_generation_but_the_leader_starts_a_rebalance()
    {
        var group = new GroupBench();
        var ids = group.Stable(2);
        var follower = ids.Single(id => id != group.State.Leader);
        var generation = group.State.Generation;
        Assert.Equal(generation, group.Joined(group.Join(follower)).Generation);
        Assert.Empty(group.LastEvents);
        var leader = group.Join(group.State.Leader!);
        Assert.True(group.IsParked(leader));
        Assert.Equal(GroupPhase.PreparingRebalance, group.State.Phase);
        group.Join(follower);
        Assert.Equal(generation + 1, group.Joined(leader).Generation);
    }

    [Fact]
    public void Joining_again_with_other_topics_starts_a_rebalance()
    {
        var group = new GroupBench();
        var ids = group.Stable(2);
        var follower = ids.Single(id => id != group.State.Leader);
        Assert.True(group.IsParked(group.Join(follower, topics: ["other"])));
        Assert.Contains(group.LastEvents, e => e is MemberUpdated);
    }

    [Fact]
    public void A_repeated_join_answers_the_earlier_one()
    {
        var group = new GroupBench();
        var first = group.Joined(group.Join()).MemberId;
        group.Join();
        var ids = group.State.Members.Keys.Single(id => id != first);
        var again = group.Join(ids);
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Joined(again - 1).Error);
        Assert.True(group.IsParked(again));
    }
}
