using System.Collections.Immutable;
using Portask.Protocol;

namespace Portask.State.Groups;

/// <summary>
/// The classic consumer group: decides what a command means. One instance lives for one decision; it folds each event it
/// emits into its own copy of the state, so later steps of the same decision see it, and the caller journals them together.
/// </summary>
/// <remarks>
/// After a restart a group is what its journal says, in the middle of a rebalance too: the waiting requests are gone with
/// their connections, so members join or sync again, and whoever does not within a fresh deadline is removed. A stable
/// group stays in its generation and its members only notice a pause.
/// </remarks>
public sealed partial class GroupMachine
{
    private readonly GroupSettings _settings;
    private readonly Now _now;
    private readonly List<IGroupJournaled> _events = [];
    private readonly List<KeyValuePair<long, GroupReply>> _replies = [];
    private readonly Dictionary<string, GroupTimer> _timers = [];
    private GroupState _state;
    private GroupWaiting _waiting;

    private GroupMachine(GroupState state, GroupWaiting waiting, GroupSettings settings, Now now)
    {
        _state = state;
        _waiting = waiting;
        _settings = settings;
        _now = now;
    }

    /// <summary>What follows from a command in a state.</summary>
    public static GroupDecision Decide(GroupState state, GroupWaiting waiting, GroupSettings settings, GroupCommand command, Now now)
    {
        var machine = new GroupMachine(state, waiting, settings, now);
        machine.Run(command);
        return new GroupDecision(machine._events, machine._replies, [.. machine._timers.Values], machine._waiting);
    }

    private void Run(GroupCommand command)
    {
        switch (command)
        {
            case JoinGroup c: Join(c); break;
            case SyncGroup c: Sync(c); break;
            case Heartbeat c: Beat(c); break;
            case LeaveGroup c: Leave(c); break;
            case CommitOffsets c: Commit(c); break;
            case CommitTransactionalOffsets c: Commit(c); break;
            case DecideTransactionalOffsets c: Decide(c); break;
            case DeleteOffsets c: Delete(c); break;
            case DeleteGroup c: Delete(c); break;
            case DropTopic c: Drop(c); break;
            case Recovered: Recover(); break;
            case JoinTimeout c: OnJoinTimeout(c); break;
            case SyncTimeout c: OnSyncTimeout(c); break;
            case SessionTimeout c: OnSessionTimeout(c); break;
            case PendingTimeout c: OnPendingTimeout(c); break;
            case ExpireOffsets: Expire(); break;
            default: throw new InvalidOperationException($"A group does not know the command {command.GetType().Name}");
        }
    }

    private void Emit(IGroupJournaled journaled)
    {
        _state = _state.Apply(journaled);
        _events.Add(journaled);
    }

    private void Reply(long token, GroupReply reply) => _replies.Add(KeyValuePair.Create(token, reply));

    private void SetTimer(string name, long deadlineMs, GroupCommand command) =>
        _timers[name] = new GroupTimer(name, Math.Max(0, deadlineMs - _now.UnixMs), command);

    private void CancelTimer(string name) => _timers[name] = new GroupTimer(name, 0, null);

    private void EnsureExists()
    {
        if (_state.Phase != GroupPhase.Dead)
            return;
        Emit(new GroupCreated(_now.UnixMs));
        SetTimer(GroupTimer.Offsets, _now.UnixMs + _settings.OffsetsCheckIntervalMs, new ExpireOffsets());
    }

    /// <summary>Starts a member's session: it is not parked and has to be heard of.</summary>
    private void StartSession(GroupMember member)
    {
        var deadline = _now.UnixMs + member.SessionTimeoutMs;
        _waiting = _waiting with { Sessions = _waiting.Sessions.SetItem(member.MemberId, deadline) };
        SetTimer(GroupTimer.Session(member.MemberId), deadline, new SessionTimeout(member.MemberId));
    }

    /// <summary>Moves a running session on. Its timer stays and looks at the deadline when it fires, so a heartbeat costs no timer.</summary>
    private void Touch(GroupMember member)
    {
        if (_waiting.Sessions.ContainsKey(member.MemberId))
            _waiting = _waiting with { Sessions = _waiting.Sessions.SetItem(member.MemberId, _now.UnixMs + member.SessionTimeoutMs) };
    }

    private void StopSession(string memberId)
    {
        if (!_waiting.Sessions.ContainsKey(memberId))
            return;
        _waiting = _waiting with { Sessions = _waiting.Sessions.Remove(memberId) };
        CancelTimer(GroupTimer.Session(memberId));
    }

    private void ForgetPending(string memberId)
    {
        _waiting = _waiting with { Pending = _waiting.Pending.Remove(memberId) };
        CancelTimer(GroupTimer.Pending(memberId));
    }

    private void Recover()
    {
        if (_state.Phase != GroupPhase.Dead)
            SetTimer(GroupTimer.Offsets, _now.UnixMs + _settings.OffsetsCheckIntervalMs, new ExpireOffsets());
        foreach (var member in _state.Members.Values)
            StartSession(member);
        if (_state.Phase == GroupPhase.PreparingRebalance)
        {
            OpenJoinWindow(_state.RebalanceTimeoutMs);
            CompleteJoinIfAllCame();
        }
        else if (_state.Phase == GroupPhase.CompletingRebalance)
        {
            OpenSyncWindow(_state.Members.Keys);
        }
    }

    /// <summary>The error for a member that names itself, or None.</summary>
    private ErrorCode Check(string memberId, string? instanceId)
    {
        if (_state.Members.TryGetValue(memberId, out var member))
            return instanceId is null || member.InstanceId == instanceId ? ErrorCode.None : InstanceError(instanceId);
        return instanceId is null ? ErrorCode.UnknownMemberId : InstanceError(instanceId);
    }

    private ErrorCode InstanceError(string instanceId) =>
        _state.ByInstance(instanceId) is null ? ErrorCode.UnknownMemberId : ErrorCode.FencedInstanceId;
}
