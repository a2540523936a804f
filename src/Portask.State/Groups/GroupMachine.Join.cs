using Portask.Protocol;

namespace Portask.State.Groups;

public sealed partial class GroupMachine
{
    private void Join(JoinGroup c)
    {
        if (c.SessionTimeoutMs < _settings.MinSessionTimeoutMs || c.SessionTimeoutMs > _settings.MaxSessionTimeoutMs)
        {
            Reply(c.Token, JoinReply.Refused(ErrorCode.InvalidSessionTimeout, c.MemberId));
            return;
        }
        EvictSilent(c.MemberId);
        if (c.MemberId.Length == 0 && c.InstanceId is null)
            JoinAsStranger(c);
        else if (c.MemberId.Length == 0)
            JoinAsStaticStranger(c);
        else
            JoinAsKnown(c);
    }

    private void JoinAsStranger(JoinGroup c)
    {
        var error = Admit(c, null);
        if (error != ErrorCode.None)
        {
            Reply(c.Token, JoinReply.Refused(error, ""));
            return;
        }
        if (!c.RequiresKnownId)
        {
            AddMember(c.NewMemberId, c);
            return;
        }
        var deadline = _now.UnixMs + c.SessionTimeoutMs;
        _waiting = _waiting with { Pending = _waiting.Pending.SetItem(c.NewMemberId, deadline) };
        SetTimer(GroupTimer.Pending(c.NewMemberId), deadline, new PendingTimeout(c.NewMemberId));
        Reply(c.Token, JoinReply.Refused(ErrorCode.MemberIdRequired, c.NewMemberId));
    }

    private void JoinAsStaticStranger(JoinGroup c)
    {
        var holder = _state.ByInstance(c.InstanceId!);
        var error = Admit(c, holder);
        if (error != ErrorCode.None)
            Reply(c.Token, JoinReply.Refused(error, ""));
        else if (holder is null)
            AddMember(c.NewMemberId, c);
        else
            ReplaceStatic(holder, c);
    }

    private void JoinAsKnown(JoinGroup c)
    {
        if (c.InstanceId is null && _waiting.Pending.ContainsKey(c.MemberId))
        {
            JoinAsPending(c);
            return;
        }
        var error = Check(c.MemberId, c.InstanceId);
        if (error == ErrorCode.None)
            error = Admit(c, _state.Members[c.MemberId]);
        if (error != ErrorCode.None)
        {
            Reply(c.Token, JoinReply.Refused(error, c.MemberId));
            return;
        }
        Rejoin(_state.Members[c.MemberId], c);
    }

    private void JoinAsPending(JoinGroup c)
    {
        var error = Admit(c, null);
        if (error != ErrorCode.None)
        {
            Reply(c.Token, JoinReply.Refused(error, c.MemberId));
            return;
        }
        ForgetPending(c.MemberId);
        AddMember(c.MemberId, c);
    }

    private void Rejoin(GroupMember member, JoinGroup c)
    {
        var unchanged = member.HasProtocols(c.Protocols);
        var cause = unchanged ? RebalanceCause.LeaderRejoined
            : SameWishes(member, c.Protocols) ? RebalanceCause.MetadataChanged
            : RebalanceCause.SubscriptionChanged;
        var needsRebalance = _state.Phase switch
        {
            GroupPhase.CompletingRebalance => !unchanged,
            // The leader comes back to a stable group when what it assigned no longer holds, such as after a topic grew.
            GroupPhase.Stable => !unchanged || _state.Leader == member.MemberId,
            _ => true,
        };
        UpdateMember(member, c);
        if (!needsRebalance)
        {
            Touch(member);
            Reply(c.Token, Joined(member.MemberId));
            return;
        }
        Park(member.MemberId, c.Token);
        if (_state.Phase == GroupPhase.PreparingRebalance)
            CompleteJoinIfAllCame();
        else
            StartRebalance(c.Reason ?? $"{member.MemberId} joined again", cause, member.MemberId);
    }

    private void ReplaceStatic(GroupMember old, JoinGroup c)
    {
        var wasLeader = _state.Leader == old.MemberId;
        var keepsPlace = _state.Phase == GroupPhase.Stable && SameWishes(old, c.Protocols);
        DropParked(old.MemberId, ErrorCode.FencedInstanceId);
        StopSession(old.MemberId);
        _waiting = _waiting with { Unsynced = _waiting.Unsynced.Remove(old.MemberId) };
        Emit(new MemberReplaced(old.MemberId, c.NewMemberId));
        UpdateMember(_state.Members[c.NewMemberId], c);
        if (keepsPlace)
        {
            StartSession(_state.Members[c.NewMemberId]);
            CloseSyncWindowIfAllSynced();
            Reply(c.Token, JoinedAgain(c, old.MemberId, wasLeader));
            return;
        }
        Park(c.NewMemberId, c.Token);
        if (_state.Phase == GroupPhase.PreparingRebalance)
            CompleteJoinIfAllCame();
        else
            StartRebalance(c.Reason ?? $"static member {c.InstanceId} came back with other wishes", RebalanceCause.StaticMemberReplaced, c.NewMemberId);
    }

    /// <summary>
    /// A static member that comes back gets its assignment from the sync that follows. A leader that cannot be told to skip
    /// assigning must not take itself for the leader, so it is shown its former id.
    /// </summary>
    private JoinReply JoinedAgain(JoinGroup c, string oldMemberId, bool wasLeader)
    {
        var plain = Joined(c.NewMemberId) with { Members = [] };
        if (!wasLeader)
            return plain;
        return c.MaySkipAssignment
            ? plain with { Members = MembersFor(_state.Protocol), SkipAssignment = true }
            : plain with { Leader = oldMemberId };
    }

    /// <summary>Sticky assignors write their current partitions into the metadata, so the bytes differ after a restart; the topics do not.</summary>
    private static bool SameWishes(GroupMember old, IReadOnlyList<MemberProtocol> protocols) =>
        old.Protocols.Count == protocols.Count
        && old.Protocols.Zip(protocols).All(p =>
            p.First.Name == p.Second.Name && ConsumerSubscription.SameTopics(p.First.Metadata.Span, p.Second.Metadata.Span));

    /// <summary>Whether a member may come in, before anything changes: refusals leave the group as it was.</summary>
    private ErrorCode Admit(JoinGroup c, GroupMember? self)
    {
        if (c.ProtocolType.Length == 0 || c.Protocols.Count == 0)
            return ErrorCode.InconsistentGroupProtocol;
        if (!_state.Members.IsEmpty && (c.ProtocolType != _state.ProtocolType || !SharesProtocol(c.Protocols, self)))
            return ErrorCode.InconsistentGroupProtocol;
        if (self is not null)
            return ErrorCode.None;
        var pending = _waiting.Pending.Count - (_waiting.Pending.ContainsKey(c.MemberId) ? 1 : 0);
        return _state.Members.Count + (long)pending >= _settings.MaxSize ? ErrorCode.GroupMaxSizeReached : ErrorCode.None;
    }

    private bool SharesProtocol(IReadOnlyList<MemberProtocol> protocols, GroupMember? self) =>
        protocols.Any(p => _state.Members.Values.All(m => m.MemberId == self?.MemberId || m.Protocols.Any(q => q.Name == p.Name)));

    private void AddMember(string memberId, JoinGroup c)
    {
        EnsureExists();
        Emit(new MemberJoined(
            memberId, c.InstanceId, c.ClientId, c.ClientHost, c.SessionTimeoutMs, c.RebalanceTimeoutMs, c.ProtocolType, c.Protocols));
        Park(memberId, c.Token);
        if (_waiting.Initial is not null)
            _waiting = _waiting with { Initial = _waiting.Initial with { MoreCame = true } };
        if (_state.Phase == GroupPhase.PreparingRebalance)
            CompleteJoinIfAllCame();
        else
            StartRebalance(c.Reason ?? $"{memberId} joined", RebalanceCause.MemberJoined, memberId);
    }

    private void UpdateMember(GroupMember member, JoinGroup c)
    {
        var changed = !member.HasProtocols(c.Protocols)
            || member.SessionTimeoutMs != c.SessionTimeoutMs || member.RebalanceTimeoutMs != c.RebalanceTimeoutMs
            || member.ClientId != c.ClientId || member.ClientHost != c.ClientHost;
        if (changed)
            Emit(new MemberUpdated(member.MemberId, c.ClientId, c.ClientHost, c.SessionTimeoutMs, c.RebalanceTimeoutMs, c.Protocols));
    }

    /// <summary>Parks a join. A member that asks again gave up on its earlier request, which is answered so that nothing waits forever.</summary>
    private void Park(string memberId, long token)
    {
        if (_waiting.Joins.TryGetValue(memberId, out var earlier))
            Reply(earlier, JoinReply.Refused(ErrorCode.RebalanceInProgress, memberId));
        _waiting = _waiting with { Joins = _waiting.Joins.SetItem(memberId, token) };
        StopSession(memberId);
    }

    private JoinReply Joined(string memberId) => new(
        ErrorCode.None, memberId, _state.Generation, _state.ProtocolType, _state.Protocol, _state.Leader ?? "",
        _state.Leader == memberId ? MembersFor(_state.Protocol) : [], false);

    private List<JoinedMember> MembersFor(string? protocol) =>
        [.. _state.Members.Values.OrderBy(m => m.Ordinal).Select(m => new JoinedMember(m.MemberId, m.InstanceId, m.MetadataFor(protocol)))];
}
