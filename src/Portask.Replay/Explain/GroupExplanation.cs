using Portask.State.Groups;

namespace Portask.Replay.Explain;

/// <summary>Why a group rebalanced, each time, and which causes come back.</summary>
public sealed class GroupExplanation
{
    private const int LeastRepeats = 3;
    private const long LongestGapMs = 30 * 60 * 1000;

    private readonly GroupFold _fold;
    private readonly Dictionary<string, string> _clients = new(StringComparer.Ordinal);
    private readonly List<string> _events = [];
    private readonly List<Rebalance> _rebalances = [];
    private Dictionary<string, string> _held;
    private Rebalance? _running;

    private GroupExplanation(GroupFold fold)
    {
        _fold = fold;
        _held = Held();
        foreach (var member in fold.State.Members.Values)
            _clients[member.MemberId] = Client(member.InstanceId, member.ClientId, member.ClientHost);
    }

    /// <summary>The rebalances that the history tells of, oldest first.</summary>
    public static IReadOnlyList<Rebalance> Rebalances(EntityHistory history)
    {
        var (state, events) = history.FromStart();
        var explanation = new GroupExplanation((GroupFold)state);
        foreach (var one in events)
            explanation.Take(one);
        explanation.End("it is still running");
        return explanation._rebalances;
    }

    /// <summary>Causes that came three times and more without half an hour between.</summary>
    public static IReadOnlyList<RebalanceLoop> Loops(IEnumerable<Rebalance> rebalances)
    {
        var loops = new List<RebalanceLoop>();
        foreach (var same in rebalances.GroupBy(one => (one.Cause, one.Client)))
        {
            var run = new List<Rebalance>();
            foreach (var one in same)
            {
                if (run.Count > 0 && one.StartMs - run[^1].StartMs > LongestGapMs)
                {
                    Note(run, loops);
                    run.Clear();
                }
                run.Add(one);
            }
            Note(run, loops);
        }
        return [.. loops.OrderByDescending(loop => loop.Count).ThenBy(loop => loop.FirstMs)];
    }

    private static void Note(List<Rebalance> run, List<RebalanceLoop> loops)
    {
        if (run.Count < LeastRepeats)
            return;
        var gaps = run.Zip(run.Skip(1), (one, next) => next.StartMs - one.StartMs).Order().ToList();
        loops.Add(new(run[0].Cause, run[0].Client, run.Count, run[0].StartMs, run[^1].StartMs, gaps[gaps.Count / 2], Advice(run[0].Cause)));
    }

    private static string Advice(RebalanceCause cause) => cause switch
    {
        RebalanceCause.SessionTimedOut =>
            "It sends no heartbeat for session.timeout.ms and comes back: its process is paused or its machine cut off for that long, or session.timeout.ms is too short for it.",
        RebalanceCause.MemberLeft =>
            "It leaves and comes back: clients do so themselves when the application does not poll within max.poll.interval.ms, or it is being restarted.",
        RebalanceCause.DidNotSync => "It joins and then stops answering: look at what it does when it is told of a rebalance.",
        RebalanceCause.MemberJoined => "It comes anew each time: it is being restarted, or was put out before and joins again.",
        RebalanceCause.SubscriptionChanged => "Its subscription is not the same from one time to the next: a pattern whose topics come and go, or instances of different versions.",
        RebalanceCause.StaticMemberReplaced => "Two processes may use the same group.instance.id.",
        _ => "",
    };

    private void Take(HistoryEvent one)
    {
        switch (one.Event)
        {
            case MemberJoined e:
                _clients[e.MemberId] = Client(e.InstanceId, e.ClientId, e.ClientHost);
                Note($"{e.MemberId} ({_clients[e.MemberId]}) joined");
                break;
            case MemberUpdated e:
                Note(Updated(e));
                break;
            case MemberReplaced e:
                Note($"{e.NewMemberId} took the place of {e.OldMemberId} ({ClientOf(e.OldMemberId)})");
                _clients[e.NewMemberId] = ClientOf(e.OldMemberId);
                if (_held.Remove(e.OldMemberId, out var share))
                    _held[e.NewMemberId] = share;
                break;
            case MemberLeft e:
                Note(Left(e));
                break;
            case RebalanceStarted e:
                End("it was overtaken by the next one");
                Start(e, one);
                break;
            case GenerationStarted e:
                _running = _running is null ? null : _running with { Generation = e.Generation, GenerationMs = one.TimeMs };
                break;
        }
        _fold.Apply(one.Event, one.SequenceNr);
        if (one.Event is AssignmentsMade made)
            Complete(one.TimeMs, $"generation {made.Generation} is stable");
        else if (one.Event is GenerationStarted { Leader: null } empty)
            Complete(one.TimeMs, $"generation {empty.Generation}: the group is empty");
    }

    private void Start(RebalanceStarted e, HistoryEvent one)
    {
        var client = e.MemberId is null ? "several members" : ClientOf(e.MemberId);
        if (e.Cause == RebalanceCause.Unknown)
            client = "not told by this journal";
        _running = new Rebalance(one.SequenceNr, one.TimeMs, e.Cause, Why(e, client), client, null, null, null, "", [], []);
    }

    /// <summary>The rebalance has led to assignments, or to an empty group.</summary>
    private void Complete(long timeMs, string outcome)
    {
        _running = _running is null ? null : _running with { AssignedMs = timeMs };
        End(outcome);
        _held = Held();
    }

    private void End(string outcome)
    {
        if (_running is not { } running)
            return;
        var after = running.AssignedMs is null ? [] : Held();
        var shares = _held.Keys.Union(_fold.State.Members.Keys)
            .Select(id => new MemberShare(id, ClientOf(id), _held.GetValueOrDefault(id), running.AssignedMs is null ? "not assigned" : after.GetValueOrDefault(id)))
            .ToList();
        _rebalances.Add(running with { Outcome = outcome, Events = [.. _events], Shares = shares });
        _events.Clear();
        _running = null;
    }

    private Dictionary<string, string> Held() => _fold.State.Members.Values.OrderBy(m => m.Ordinal)
        .ToDictionary(m => m.MemberId, m => GroupWords.Assignment(m.Assignment), StringComparer.Ordinal);

    private static string Why(RebalanceStarted e, string client)
    {
        var what = e.Cause switch
        {
            RebalanceCause.MemberJoined => $"{e.MemberId} joined",
            RebalanceCause.MemberLeft => $"{e.MemberId} left",
            RebalanceCause.SessionTimedOut => e.MemberId is null ? "the sessions of several members timed out" : $"the session of {e.MemberId} timed out",
            RebalanceCause.DidNotSync => "members did not sync in time",
            RebalanceCause.SubscriptionChanged => $"{e.MemberId} changed its subscription or its protocols",
            RebalanceCause.MetadataChanged => $"{e.MemberId} joined again with other metadata for the same topics",
            RebalanceCause.LeaderRejoined => $"the leader {e.MemberId} asked to assign anew",
            RebalanceCause.StaticMemberReplaced => $"static member {e.MemberId} came back",
            _ => e.Reason,
        };
        // What the client said of it itself adds something; the broker's own words repeat it.
        var own = e.Cause == RebalanceCause.Unknown || e.MemberId is null || e.Reason.StartsWith(e.MemberId, StringComparison.Ordinal)
            || e.Reason.StartsWith("session", StringComparison.Ordinal) || e.Reason.StartsWith("static member", StringComparison.Ordinal);
        return $"{what} ({client})" + (own ? "" : $", saying \"{e.Reason}\"");
    }

    private string Updated(MemberUpdated e)
    {
        var now = GroupWords.Subscription(e.Protocols);
        var before = _fold.State.Members.TryGetValue(e.MemberId, out var member) ? GroupWords.Subscription(member.Protocols) : now;
        return before == now ? $"{e.MemberId} came with other metadata" : $"{e.MemberId} changed its subscription from {before} to {now}";
    }

    private string Left(MemberLeft e)
    {
        var timeout = _fold.State.Members.TryGetValue(e.MemberId, out var member) ? member : null;
        var what = e.Cause switch
        {
            LeaveCause.SessionTimedOut => $"was not heard of for its session timeout of {Times.Span(timeout?.SessionTimeoutMs ?? 0)}",
            LeaveCause.DidNotJoin => $"did not join within the rebalance timeout of {Times.Span(_fold.State.RebalanceTimeoutMs)}",
            LeaveCause.DidNotSync => $"did not sync within the rebalance timeout of {Times.Span(_fold.State.RebalanceTimeoutMs)}",
            LeaveCause.Left => e.Reason == "left" ? "left" : $"left, saying \"{e.Reason}\"",
            _ => e.Reason,
        };
        return $"{e.MemberId} ({ClientOf(e.MemberId)}) {what}";
    }

    private void Note(string line) => _events.Add(line);

    private string ClientOf(string memberId) => _clients.GetValueOrDefault(memberId, "unknown client");

    private static string Client(string? instanceId, string clientId, string host) =>
        instanceId is null ? $"client id {clientId}, host {host}" : $"static member {instanceId}";
}
