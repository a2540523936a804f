using Portask.Replay.Explain;
using Portask.Replay.Tests.Harness;
using Portask.State;
using Portask.State.Groups;

namespace Portask.Replay.Tests;

/// <summary>Why a group rebalanced, from a journal that the machine itself has written.</summary>
public sealed class GroupExplanationTests : IAsyncLifetime
{
    private static readonly GroupSettings Settings = new() { InitialRebalanceDelayMs = 0 };

    private readonly JournalBench _bench = new();
    private readonly Dictionary<long, GroupReply> _replies = [];
    private GroupState _state = GroupState.None;
    private GroupWaiting _waiting = GroupWaiting.None;
    private long _nowMs = 1_700_000_000_000;
    private long _token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_consumer_that_times_out_in_a_loop_is_pointed_out()
    {
        await StableAsync("steady");
        for (var i = 0; i < 4; i++)
        {
            await RunAsync(Join($"shaky-{i}", "shaky"));
            await RejoinAsync("steady");
            await SyncAsync();
            _nowMs += 10_000;
            await RunAsync(new Heartbeat(++_token, "steady", null, _state.Generation));
            _nowMs += 5_000;
            await RunAsync(new SessionTimeout($"shaky-{i}"));
            await RejoinAsync("steady");
            await SyncAsync();
        }

        var rebalances = await ExplainAsync();

        Assert.Equal(9, rebalances.Count);
        var timedOut = rebalances[2];
        Assert.Equal(RebalanceCause.SessionTimedOut, timedOut.Cause);
        Assert.Equal("the session of shaky-0 timed out (client id shaky, host /h)", timedOut.Why);
        Assert.Contains("shaky-0 (client id shaky, host /h) was not heard of for its session timeout of 12 s", timedOut.Events);
        Assert.Equal([new("steady", "client id steady, host /h", "t/0", "t/0, t/1"), new("shaky-0", "client id shaky, host /h", "t/1", null)], timedOut.Shares);
        var loops = GroupExplanation.Loops(rebalances);
        Assert.Equal([(RebalanceCause.MemberJoined, 4), (RebalanceCause.SessionTimedOut, 4)], loops.Select(loop => (loop.Cause, loop.Count)).Order());
        Assert.All(loops, loop => Assert.Equal("client id shaky, host /h", loop.Client));
    }

    [Fact]
    public async Task Each_cause_is_told_apart_whatever_the_client_says()
    {
        await StableAsync("a");
        await RunAsync(Join("a", "a", topics: "tu", reason: "wants more"));
        await SyncAsync();
        await RunAsync(Join("a", "a", topics: "tu"));
        await SyncAsync();
        await RunAsync(new LeaveGroup(++_token, [new LeavingMember("a", null, "closed")]));

        var rebalances = await ExplainAsync();

        Assert.Equal(
            [RebalanceCause.MemberJoined, RebalanceCause.SubscriptionChanged, RebalanceCause.LeaderRejoined, RebalanceCause.MemberLeft],
            rebalances.Select(one => one.Cause));
        Assert.EndsWith("saying \"wants more\"", rebalances[1].Why);
        Assert.Contains("a changed its subscription from t to t, u", rebalances[1].Events);
        Assert.Contains("a (client id a, host /h) left, saying \"closed\"", rebalances[3].Events);
        Assert.Equal("generation 4: the group is empty", rebalances[3].Outcome);
        Assert.Empty(GroupExplanation.Loops(rebalances));
    }

    [Fact]
    public async Task A_journal_from_before_causes_were_written_gives_the_reason_that_it_has()
    {
        await _bench.WriteAsync("group-g", new GroupCreated(1), new RebalanceStarted("m joined", 2), new GenerationStarted(1, null, null, 3));

        var rebalance = Assert.Single(await ExplainAsync());

        Assert.Equal((RebalanceCause.Unknown, "m joined (not told by this journal)"), (rebalance.Cause, rebalance.Why));
    }

    private async Task<IReadOnlyList<Rebalance>> ExplainAsync()
    {
        using var journals = await _bench.ReadAsync();
        return GroupExplanation.Rebalances(new EntityHistory(journals, Entity.Group(journals, "g")));
    }

    private async Task StableAsync(string member)
    {
        await RunAsync(Join(member, member));
        await SyncAsync();
    }

    private Task RejoinAsync(string member) => RunAsync(Join(member, member));

    private async Task SyncAsync()
    {
        var members = _state.Members.Values.OrderBy(m => m.Ordinal).Select(m => m.MemberId).ToList();
        foreach (var member in members.Where(id => id != _state.Leader).Append(_state.Leader!))
            await RunAsync(new SyncGroup(++_token, member, null, _state.Generation, null, null, [.. members.Select((id, i) => new MemberAssignment(id, Assignment(i, members.Count)))]));
        Assert.Equal(GroupPhase.Stable, _state.Phase);
    }

    private async Task RunAsync(GroupCommand command)
    {
        var decision = GroupMachine.Decide(_state, _waiting, Settings, command, new Now(_nowMs));
        _state = decision.Events.Aggregate(_state, (state, journaled) => state.Apply(journaled));
        _waiting = decision.Waiting;
        foreach (var (token, reply) in decision.Replies)
            _replies[token] = reply;
        if (decision.Events.Count > 0)
            await _bench.WriteAsync("group-g", [.. decision.Events]);
    }

    private JoinGroup Join(string memberId, string clientId, string topics = "t", string? reason = null) => new(
        ++_token, _state.Members.ContainsKey(memberId) ? memberId : "", null, memberId, clientId, "/h", 12_000, 60_000, "consumer",
        [new MemberProtocol("range", Subscription(topics))], false, true, reason);

    private static byte[] Subscription(string topics) =>
        [0, 0, 0, 0, 0, (byte)topics.Length, .. topics.SelectMany(topic => new byte[] { 0, 1, (byte)topic })];

    // Two partitions of t: the first member has both when it is alone.
    private static byte[] Assignment(int member, int members) => members == 1
        ? [0, 0, 0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]
        : [0, 0, 0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 1, 0, 0, 0, (byte)member];
}
