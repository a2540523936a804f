using Portask.Protocol;

namespace Portask.State.Groups;

public sealed partial class GroupMachine
{
    private void Sync(SyncGroup c)
    {
        var error = CheckInGeneration(c.MemberId, c.InstanceId, c.Generation);
        if (error == ErrorCode.None && _state.Phase == GroupPhase.PreparingRebalance)
            error = ErrorCode.RebalanceInProgress;
        if (error == ErrorCode.None && !NamesThisProtocol(c))
            error = ErrorCode.InconsistentGroupProtocol;
        if (error != ErrorCode.None)
        {
            Reply(c.Token, SyncReply.Refused(error));
            return;
        }
        _waiting = _waiting with { Unsynced = _waiting.Unsynced.Remove(c.MemberId) };
        if (_state.Phase == GroupPhase.Stable)
        {
            Touch(_state.Members[c.MemberId]);
            Reply(c.Token, Synced(c.MemberId));
            CloseSyncWindowIfAllSynced();
            return;
        }
        if (_waiting.Syncs.TryGetValue(c.MemberId, out var earlier))
            Reply(earlier, SyncReply.Refused(ErrorCode.RebalanceInProgress));
        _waiting = _waiting with { Syncs = _waiting.Syncs.SetItem(c.MemberId, c.Token) };
        StopSession(c.MemberId);
        if (c.MemberId == _state.Leader)
            Assign(c);
    }

    private bool NamesThisProtocol(SyncGroup c) =>
        (c.ProtocolType is null || c.ProtocolType == _state.ProtocolType) && (c.Protocol is null || c.Protocol == _state.Protocol);

    private void Assign(SyncGroup c)
    {
        var given = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var one in c.Assignments)
            given[one.MemberId] = one.Assignment;
        var all = _state.Members.Values.OrderBy(m => m.Ordinal)
            .Select(m => new MemberAssignment(m.MemberId, given.GetValueOrDefault(m.MemberId)))
            .ToList();
        Emit(new AssignmentsMade(_state.Generation, all));
        var syncs = _waiting.Syncs;
        _waiting = _waiting with { Syncs = syncs.Clear() };
        foreach (var (memberId, token) in syncs)
        {
            StartSession(_state.Members[memberId]);
            Reply(token, Synced(memberId));
        }
        CloseSyncWindowIfAllSynced();
    }

    private SyncReply Synced(string memberId) =>
        new(ErrorCode.None, _state.ProtocolType, _state.Protocol, _state.Members[memberId].Assignment);

    private void Beat(Heartbeat c)
    {
        var error = CheckInGeneration(c.MemberId, c.InstanceId, c.Generation);
        if (error == ErrorCode.None)
        {
            Touch(_state.Members[c.MemberId]);
            if (_state.Phase == GroupPhase.PreparingRebalance)
                error = ErrorCode.RebalanceInProgress;
        }
        Reply(c.Token, new PlainReply(error));
    }

    private ErrorCode CheckInGeneration(string memberId, string? instanceId, int generation)
    {
        var error = Check(memberId, instanceId);
        if (error != ErrorCode.None)
            return error;
        return generation == _state.Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private void Leave(LeaveGroup c)
    {
        var errors = new List<ErrorCode>(c.Members.Count);
        string? left = null;
        foreach (var leaving in c.Members)
        {
            var error = LeaveOne(leaving, out var removed);
            errors.Add(error);
            left = removed ?? left;
        }
        Reply(c.Token, new LeaveReply(ErrorCode.None, errors));
        if (left is not null)
            AfterRemoval($"{left} left", RebalanceCause.MemberLeft, left);
        else
            CompleteJoinIfAllCame();
    }

    private ErrorCode LeaveOne(LeavingMember leaving, out string? removed)
    {
        removed = null;
        var memberId = leaving.MemberId;
        if (leaving.InstanceId is null && _waiting.Pending.ContainsKey(memberId))
        {
            ForgetPending(memberId);
            return ErrorCode.None;
        }
        // An operator removes a static member by its instance id alone.
        if (memberId.Length == 0 && leaving.InstanceId is not null)
            memberId = _state.ByInstance(leaving.InstanceId)?.MemberId ?? "";
        var error = Check(memberId, leaving.InstanceId);
        if (error != ErrorCode.None)
            return error;
        Remove(memberId, leaving.Reason ?? "left", LeaveCause.Left);
        removed = memberId;
        return ErrorCode.None;
    }

    private void OnSessionTimeout(SessionTimeout c)
    {
        if (!_waiting.Sessions.TryGetValue(c.MemberId, out var deadline))
            return;
        if (_now.UnixMs < deadline)
        {
            SetTimer(GroupTimer.Session(c.MemberId), deadline, c);
            return;
        }
        Remove(c.MemberId, "session timed out", LeaveCause.SessionTimedOut);
        AfterRemoval($"session of {c.MemberId} timed out", RebalanceCause.SessionTimedOut, c.MemberId);
    }

    private void OnPendingTimeout(PendingTimeout c)
    {
        if (!_waiting.Pending.TryGetValue(c.MemberId, out var deadline))
            return;
        if (_now.UnixMs < deadline)
        {
            SetTimer(GroupTimer.Pending(c.MemberId), deadline, c);
            return;
        }
        ForgetPending(c.MemberId);
        CompleteJoinIfAllCame();
    }

    /// <summary>Removes members whose time is over though their timer has not fired yet, so that a join does not wait for the dead.</summary>
    private void EvictSilent(string joining)
    {
        var silent = _waiting.Sessions.Where(s => s.Value <= _now.UnixMs && s.Key != joining).Select(s => s.Key).ToList();
        foreach (var memberId in silent)
            Remove(memberId, "session timed out", LeaveCause.SessionTimedOut);
        if (silent.Count > 0)
            AfterRemoval("sessions timed out", RebalanceCause.SessionTimedOut, silent is [var only] ? only : null);
    }
}
