using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

/// <summary>Offsets that wait for the decision of a transaction (KIP-447).</summary>
public sealed class TransactionalOffsetTests
{
    private static readonly OffsetKey Key = new("t", 0);
    private readonly GroupBench _group = new();

    [Theory]
    [InlineData(true, 9)]
    [InlineData(false, 5)]
    public void Pending_offsets_take_effect_with_a_commit_and_are_dropped_with_an_abort(bool commits, long expected)
    {
        _group.Commit("", -1, 5);
        Assert.Equal(ErrorCode.None, Pend(producer: 1, offset: 7));
        Assert.Equal(ErrorCode.None, Pend(producer: 1, offset: 9));
        Assert.Equal(5, _group.State.Offsets[Key].Offset);
        _group.Restart();

        Decide(producer: 1, commits);

        Assert.Equal(expected, _group.State.Offsets[Key].Offset);
        Assert.Empty(_group.State.PendingOffsets);
    }

    [Fact]
    public void A_decision_of_another_producer_or_told_again_changes_nothing()
    {
        Pend(producer: 1, offset: 7);
        Decide(producer: 2, commits: true);
        Assert.Empty(_group.State.Offsets);
        Decide(producer: 1, commits: true);
        Pend(producer: 2, offset: 8);

        Decide(producer: 1, commits: true);

        Assert.Empty(_group.LastEvents);
        Assert.Equal(7, _group.State.Offsets[Key].Offset);
    }

    [Fact]
    public void A_producer_that_names_its_member_has_to_be_in_the_generation()
    {
        var id = _group.Stable(1)[0];

        Assert.Equal(ErrorCode.None, Pend(1, 7, id, _group.State.Generation));
        Assert.Equal(ErrorCode.IllegalGeneration, Pend(1, 8, id, _group.State.Generation - 1));
        Assert.Equal(ErrorCode.UnknownMemberId, Pend(1, 8, "nobody", _group.State.Generation));
        Assert.Equal(ErrorCode.UnknownMemberId, Pend(1, 8, "nobody"));
        Assert.Equal(ErrorCode.UnknownMemberId, Pend(1, 8, instanceId: "nobody"));
        Assert.Equal(ErrorCode.None, Pend(1, 9));
    }

    [Theory]
    [InlineData("", -1, ErrorCode.None)]
    [InlineData("somebody", -1, ErrorCode.None)]
    [InlineData("somebody", 3, ErrorCode.IllegalGeneration)]
    public void A_group_without_members_takes_offsets_of_no_generation(string memberId, int generation, ErrorCode expected) =>
        Assert.Equal(expected, Pend(1, 7, memberId, generation));

    [Fact]
    public void A_static_member_that_was_replaced_is_fenced()
    {
        var first = _group.Joined(_group.Join(instance: "i")).MemberId;
        _group.Sync(first, _group.State.Generation, (first, "all"));
        var second = _group.Joined(_group.Join(instance: "i")).MemberId;

        Assert.NotEqual(first, second);
        Assert.Equal(ErrorCode.FencedInstanceId, Pend(1, 7, first, _group.State.Generation, "i"));
        Assert.Equal(ErrorCode.None, Pend(1, 7, second, _group.State.Generation, "i"));
    }

    [Fact]
    public void A_group_that_is_deleted_takes_its_pending_offsets_with_it()
    {
        Pend(producer: 1, offset: 7);
        _group.Send(t => new DeleteGroup(t));
        Assert.Empty(_group.State.PendingOffsets);

        Decide(producer: 1, commits: true);

        Assert.Equal((GroupPhase.Dead, 0), (_group.State.Phase, _group.State.Offsets.Count));
    }

    [Fact]
    public void A_group_with_pending_offsets_does_not_end_for_want_of_others()
    {
        Pend(producer: 1, offset: 7);

        _group.Advance(2 * 604_800_000L);

        Assert.Equal(GroupPhase.Empty, _group.State.Phase);
        Assert.Equal(GroupState.From(_group.State.ToSnapshot()).PendingOffsets[1][Key], _group.State.PendingOffsets[1][Key]);
    }

    private ErrorCode Pend(long producer, long offset, string memberId = "", int generation = -1, string? instanceId = null)
    {
        var token = _group.Send(t => new CommitTransactionalOffsets(
            t, producer, memberId, instanceId, generation, [new OffsetToCommit(Key, Guid.Empty, offset, -1, null, null)]));
        return ((PartitionsReply)_group.Replies[token]).Partitions[0];
    }

    private void Decide(long producer, bool commits)
    {
        var token = _group.Send(t => new DecideTransactionalOffsets(t, producer, commits));
        Assert.Equal(new PlainReply(ErrorCode.None), _group.Replies[token]);
    }
}
