using Portask.Protocol;

namespace Portask.State.Groups;

public sealed partial class GroupMachine
{
    private void StartRebalance(string reason, RebalanceCause cause, string? causedBy)
    {
        var first = _state.Phase == GroupPhase.Empty;
        foreach (var (memberId, token) in _waiting.Syncs)
        {
            Reply(token, SyncReply.Refused(ErrorCode.RebalanceInProgress));
            // A parked member has no session; from its answer on it has to be heard of, unless its join is what is parked now.
            if (!_waiting.Joins.ContainsKey(memberId) && _state.Members.TryGetValue(memberId, out var member))
                StartSession(member);
        }
        _waiting = _waiting with { Syncs = _waiting.Syncs.Clear(), Unsynced = _waiting.Unsynced.Clear() };
        CancelTimer(GroupTimer.Sync);
        Emit(new RebalanceStarted(reason, _now.UnixMs, cause, causedBy));
        if (first && _settings.InitialRebalanceDelayMs > 0)
        {
            var delay = Math.Min(_settings.InitialRebalanceDelayMs, _state.RebalanceTimeoutMs);
            _waiting = _waiting with { Initial = new InitialDelay(_state.RebalanceTimeoutMs - delay, false) };
            OpenJoinWindow(delay);
        }
        else
        {
            OpenJoinWindow(_state.RebalanceTimeoutMs);
        }
        CompleteJoinIfAllCame();
    }

    private void OpenJoinWindow(long durationMs)
    {
        _waiting = _waiting with { JoinDeadlineMs = _now.UnixMs + durationMs };
        SetTimer(GroupTimer.Join, _waiting.JoinDeadlineMs, new JoinTimeout(_state.Generation));
    }

    private void OpenSyncWindow(IEnumerable<string> members)
    {
        _waiting = _waiting with { Unsynced = [.. members], SyncDeadlineMs = _now.UnixMs + _state.RebalanceTimeoutMs };
        SetTimer(GroupTimer.Sync, _waiting.SyncDeadlineMs, new SyncTimeout(_state.Generation));
    }

    private void CloseSyncWindowIfAllSynced()
    {
        if (_state.Phase == GroupPhase.Stable && _waiting.Unsynced.IsEmpty)
            CancelTimer(GroupTimer.Sync);
    }

    private void CompleteJoinIfAllCame()
    {
        if (_state.Phase != GroupPhase.PreparingRebalance)
            return;
        var nobodyLeft = _state.Members.IsEmpty;
        var allCame = _waiting.Initial is null && _waiting.Pending.IsEmpty && _state.Members.Keys.All(_waiting.Joins.ContainsKey);
        if (nobodyLeft || allCame)
            CompleteJoin();
    }

    private void CompleteJoin()
    {
        foreach (var absent in _state.Members.Values.Where(m => m.InstanceId is null && !_waiting.Joins.ContainsKey(m.MemberId)).ToList())
            Remove(absent.MemberId, "did not join the rebalance in time", LeaveCause.DidNotJoin);
        if (!_state.Members.IsEmpty && _waiting.Joins.IsEmpty)
        {
            // Only static members that are away: their sessions decide about them, and the next one to come closes the window.
            _waiting = _waiting with { Initial = null };
            OpenJoinWindow(_state.RebalanceTimeoutMs);
            return;
        }
        CancelTimer(GroupTimer.Join);
        _waiting = _waiting with { Initial = null };
        if (_state.Members.IsEmpty)
        {
            Emit(new GenerationStarted(_state.Generation + 1, null, null, _now.UnixMs));
            return;
        }
        var leader = ElectLeader();
        Emit(new GenerationStarted(_state.Generation + 1, VoteProtocol(), leader, _now.UnixMs));
        var joins = _waiting.Joins;
        _waiting = _waiting with { Joins = joins.Clear() };
        OpenSyncWindow(joins.Keys);
        foreach (var (memberId, token) in joins)
        {
            StartSession(_state.Members[memberId]);
            Reply(token, Joined(memberId));
        }
    }

    private string ElectLeader() =>
        _state.Leader is { } leader && _waiting.Joins.ContainsKey(leader)
            ? leader
            : _state.Members.Values.Where(m => _waiting.Joins.ContainsKey(m.MemberId)).MinBy(m => m.Ordinal)!.MemberId;

    /// <summary>Each member votes for the first protocol it lists that all know; a tie goes to what the eldest voted for.</summary>
    private string VoteProtocol()
    {
        var members = _state.Members.Values.OrderBy(m => m.Ordinal).ToList();
        var known = members[0].Protocols.Select(p => p.Name).ToHashSet();
        foreach (var member in members)
            known.IntersectWith(member.Protocols.Select(p => p.Name));
        return members
            .Select(m => m.Protocols.First(p => known.Contains(p.Name)).Name)
            .GroupBy(name => name)
            .MaxBy(votes => votes.Count())!.Key;
    }

    private void OnJoinTimeout(JoinTimeout c)
    {
        if (_state.Phase != GroupPhase.PreparingRebalance || c.Generation != _state.Generation)
            return;
        if (_now.UnixMs < _waiting.JoinDeadlineMs)
        {
            SetTimer(GroupTimer.Join, _waiting.JoinDeadlineMs, c);
            return;
        }
        if (_waiting.Initial is { MoreCame: true, RemainingMs: > 0 } initial)
        {
            var delay = Math.Min(_settings.InitialRebalanceDelayMs, initial.RemainingMs);
            _waiting = _waiting with { Initial = new InitialDelay(initial.RemainingMs - delay, false) };
            OpenJoinWindow(delay);
            return;
        }
        CompleteJoin();
    }

    private void OnSyncTimeout(SyncTimeout c)
    {
        var late = _state.Phase is GroupPhase.CompletingRebalance or GroupPhase.Stable && c.Generation == _state.Generation;
        if (!late || _waiting.Unsynced.IsEmpty)
            return;
        if (_now.UnixMs < _waiting.SyncDeadlineMs)
        {
            SetTimer(GroupTimer.Sync, _waiting.SyncDeadlineMs, c);
            return;
        }
        foreach (var memberId in _waiting.Unsynced)
            if (_state.Members.ContainsKey(memberId))
                Remove(memberId, "did not sync in time", LeaveCause.DidNotSync);
        StartRebalance("members did not sync in time", RebalanceCause.DidNotSync, causedBy: null);
    }

    /// <summary>Takes a member out; the caller then lets the group react.</summary>
    private void Remove(string memberId, string reason, LeaveCause cause)
    {
        DropParked(memberId, ErrorCode.UnknownMemberId);
        StopSession(memberId);
        _waiting = _waiting with { Unsynced = _waiting.Unsynced.Remove(memberId) };
        Emit(new MemberLeft(memberId, reason, cause));
    }

    private void DropParked(string memberId, ErrorCode error)
    {
        if (_waiting.Joins.TryGetValue(memberId, out var join))
        {
            _waiting = _waiting with { Joins = _waiting.Joins.Remove(memberId) };
            Reply(join, JoinReply.Refused(error, memberId));
        }
        if (_waiting.Syncs.TryGetValue(memberId, out var sync))
        {
            _waiting = _waiting with { Syncs = _waiting.Syncs.Remove(memberId) };
            Reply(sync, SyncReply.Refused(error));
        }
    }

    private void AfterRemoval(string reason, RebalanceCause cause, string? causedBy)
    {
        if (_state.Phase is GroupPhase.Stable or GroupPhase.CompletingRebalance)
            StartRebalance(reason, cause, causedBy);
        else
            CompleteJoinIfAllCame();
    }
}
