using System.Text;
using Portask.Protocol;

namespace Portask.State.Groups;

public sealed partial class GroupMachine
{
    private void Commit(CommitOffsets c)
    {
        var error = CheckCommit(c);
        if (error != ErrorCode.None)
        {
            Reply(c.Token, new PartitionsReply(error, [.. c.Offsets.Select(_ => error)]));
            return;
        }
        if (_state.Members.TryGetValue(c.MemberId, out var member))
            Touch(member);
        var accepted = Accept(c.Offsets, c.RetentionMs, out var errors);
        if (accepted.Count > 0)
        {
            EnsureExists();
            Emit(new OffsetsCommitted(accepted));
        }
        Reply(c.Token, new PartitionsReply(ErrorCode.None, errors));
    }

    private void Commit(CommitTransactionalOffsets c)
    {
        // A producer that does not say which member it is (before KIP-447) is fenced by its epoch alone, and where there are no
        // members it need not be one.
        var isNobody = c.Generation < 0 && ((c.MemberId.Length == 0 && c.InstanceId is null) || _state.Members.IsEmpty);
        var error = isNobody ? ErrorCode.None
            : _state.Phase == GroupPhase.Dead ? ErrorCode.IllegalGeneration
            : CheckInGeneration(c.MemberId, c.InstanceId, c.Generation);
        if (error != ErrorCode.None)
        {
            Reply(c.Token, new PartitionsReply(error, [.. c.Offsets.Select(_ => error)]));
            return;
        }
        var accepted = Accept(c.Offsets, null, out var errors);
        if (accepted.Count > 0)
        {
            EnsureExists();
            Emit(new TransactionalOffsetsPending(c.ProducerId, accepted));
        }
        Reply(c.Token, new PartitionsReply(ErrorCode.None, errors));
    }

    private void Decide(DecideTransactionalOffsets c)
    {
        if (_state.PendingOffsets.ContainsKey(c.ProducerId))
            Emit(new TransactionalOffsetsDecided(c.ProducerId, c.Commits));
        Reply(c.Token, new PlainReply(ErrorCode.None));
    }

    private List<KeyValuePair<OffsetKey, CommittedOffset>> Accept(
        IReadOnlyList<OffsetToCommit> offsets, long? retentionMs, out List<ErrorCode> errors)
    {
        errors = new List<ErrorCode>(offsets.Count);
        var accepted = new List<KeyValuePair<OffsetKey, CommittedOffset>>(offsets.Count);
        foreach (var one in offsets)
        {
            var tooLarge = one.Metadata is not null && Encoding.UTF8.GetByteCount(one.Metadata) > _settings.OffsetMetadataMaxBytes;
            errors.Add(tooLarge ? ErrorCode.OffsetMetadataTooLarge : ErrorCode.None);
            if (!tooLarge)
                accepted.Add(KeyValuePair.Create(one.Partition, ToCommitted(one, retentionMs)));
        }
        return accepted;
    }

    private CommittedOffset ToCommitted(OffsetToCommit one, long? retentionMs)
    {
        var at = one.CommitMs ?? _now.UnixMs;
        return new CommittedOffset(one.TopicId, one.Offset, one.LeaderEpoch, one.Metadata, at, retentionMs is { } keep ? at + keep : null);
    }

    private ErrorCode CheckCommit(CommitOffsets c)
    {
        // Whoever assigns partitions by itself commits without being a member, which only a group without members allows.
        if (c.Generation < 0 && _state.Members.IsEmpty)
            return ErrorCode.None;
        if (_state.Phase == GroupPhase.Dead)
            return ErrorCode.IllegalGeneration;
        var error = CheckInGeneration(c.MemberId, c.InstanceId, c.Generation);
        if (error != ErrorCode.None)
            return error;
        return _state.Phase == GroupPhase.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private void Delete(DeleteOffsets c)
    {
        var subscribed = ConsumerSubscription.TopicsOf(_state);
        var error = _state.Phase == GroupPhase.Dead ? ErrorCode.GroupIdNotFound
            : !_state.Members.IsEmpty && subscribed is null ? ErrorCode.NonEmptyGroup
            : ErrorCode.None;
        if (error != ErrorCode.None)
        {
            Reply(c.Token, new PartitionsReply(error, []));
            return;
        }
        var gone = new List<OffsetKey>();
        var errors = new List<ErrorCode>(c.Partitions.Count);
        foreach (var partition in c.Partitions)
        {
            var live = subscribed?.Contains(partition.Topic) == true;
            errors.Add(live ? ErrorCode.GroupSubscribedToTopic : ErrorCode.None);
            if (!live && _state.Offsets.ContainsKey(partition))
                gone.Add(partition);
        }
        if (gone.Count > 0)
            Emit(new OffsetsDeleted(gone));
        Reply(c.Token, new PartitionsReply(ErrorCode.None, errors));
    }

    private void Drop(DropTopic c)
    {
        var gone = _state.Offsets.Where(offset => offset.Value.TopicId == c.TopicId).Select(offset => offset.Key).ToList();
        if (gone.Count > 0)
            Emit(new OffsetsDeleted(gone));
    }

    private void Delete(DeleteGroup c)
    {
        var error = _state.Phase switch
        {
            GroupPhase.Dead => ErrorCode.GroupIdNotFound,
            GroupPhase.Empty => ErrorCode.None,
            _ => ErrorCode.NonEmptyGroup,
        };
        if (error == ErrorCode.None)
            End();
        Reply(c.Token, new PlainReply(error));
    }

    private void End()
    {
        foreach (var memberId in _waiting.Pending.Keys)
            ForgetPending(memberId);
        CancelTimer(GroupTimer.Offsets);
        Emit(new GroupDeleted(_now.UnixMs));
    }

    private void Expire()
    {
        if (_state.Phase == GroupPhase.Dead)
            return;
        var subscribed = ConsumerSubscription.TopicsOf(_state);
        var expired = _state.Offsets.Where(o => IsExpired(o.Key, o.Value, subscribed)).Select(o => o.Key).ToList();
        if (expired.Count > 0)
            Emit(new OffsetsExpired(expired));
        if (_state.Phase == GroupPhase.Empty && _state.Offsets.IsEmpty && _state.PendingOffsets.IsEmpty && _waiting.Pending.IsEmpty)
            End();
        else
            SetTimer(GroupTimer.Offsets, _now.UnixMs + _settings.OffsetsCheckIntervalMs, new ExpireOffsets());
    }

    /// <summary>A group's offsets age from when its last member left, those of topics that nobody of it reads any more from their commit.</summary>
    private bool IsExpired(OffsetKey partition, CommittedOffset offset, HashSet<string>? subscribed)
    {
        var inUse = !_state.Members.IsEmpty && subscribed?.Contains(partition.Topic) != false;
        if (inUse)
            return false;
        if (offset.ExpireMs is { } wished)
            return wished <= _now.UnixMs;
        var since = _state.Members.IsEmpty ? Math.Max(_state.EmptySinceMs, offset.CommitMs) : offset.CommitMs;
        return since + _settings.OffsetsRetentionMs <= _now.UnixMs;
    }
}
