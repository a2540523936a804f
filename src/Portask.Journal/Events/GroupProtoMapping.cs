using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Groups;

namespace Portask.Journal.Events;

/// <summary>Between the events of groups and their stored form.</summary>
internal static class GroupProtoMapping
{
    public static IMessage ToProto(object journaled) => journaled switch
    {
        GroupCreated e => new GroupCreatedProto { AtMs = e.AtMs },
        MemberJoined e => ToProto(e),
        MemberUpdated e => ToProto(e),
        MemberReplaced e => new MemberReplacedProto { OldMemberId = e.OldMemberId, NewMemberId = e.NewMemberId },
        MemberLeft e => new MemberLeftProto { MemberId = e.MemberId, Reason = e.Reason, Cause = (int)e.Cause },
        RebalanceStarted e => ToProto(e),
        GenerationStarted e => ToProto(e),
        AssignmentsMade e => ToProto(e),
        OffsetsCommitted e => new OffsetsCommittedProto { Offsets = { e.Offsets.Select(ToProto) } },
        OffsetsFolded e => new OffsetsFoldedProto { FirstSequenceNr = e.FirstSequenceNr, Offsets = { e.Offsets.Select(ToProto) } },
        TransactionalOffsetsPending e => ToProto(e),
        TransactionalOffsetsDecided e => new TransactionalOffsetsDecidedProto { ProducerId = e.ProducerId, Commits = e.Commits },
        OffsetsDeleted e => ToProto(e.Partitions),
        OffsetsExpired e => ToProto(e.Partitions),
        GroupDeleted e => new GroupDeletedProto { AtMs = e.AtMs },
        GroupSnapshot e => ToProto(e),
        GroupListed e => new GroupNameProto { GroupId = e.GroupId },
        GroupUnlisted e => new GroupNameProto { GroupId = e.GroupId },
        GroupDirectorySnapshot e => new GroupDirectorySnapshotProto { GroupIds = { e.GroupIds } },
        _ => throw new ArgumentException($"{journaled.GetType().Name} is nothing that groups journal", nameof(journaled)),
    };

    public static MemberJoined From(MemberJoinedProto p) => new(
        p.MemberId, p.HasInstanceId ? p.InstanceId : null, p.ClientId, p.ClientHost, p.SessionTimeoutMs, p.RebalanceTimeoutMs,
        p.ProtocolType, From(p.Protocols));

    public static MemberUpdated From(MemberUpdatedProto p) => new(
        p.MemberId, p.ClientId, p.ClientHost, p.SessionTimeoutMs, p.RebalanceTimeoutMs, From(p.Protocols));

    public static MemberReplaced From(MemberReplacedProto p) => new(p.OldMemberId, p.NewMemberId);

    public static MemberLeft From(MemberLeftProto p) => new(p.MemberId, p.Reason, (LeaveCause)p.Cause);

    public static RebalanceStarted From(RebalanceStartedProto p) =>
        new(p.Reason, p.AtMs, (RebalanceCause)p.Cause, p.HasMemberId ? p.MemberId : null);

    public static GenerationStarted From(GenerationStartedProto p) => new(
        p.Generation, p.HasProtocol ? p.Protocol : null, p.HasLeader ? p.Leader : null, p.AtMs);

    public static AssignmentsMade From(AssignmentsMadeProto p) => new(
        p.Generation, [.. p.Assignments.Select(a => new MemberAssignment(a.MemberId, a.Assignment.Memory))]);

    public static OffsetsCommitted From(OffsetsCommittedProto p) => new([.. p.Offsets.Select(From)]);

    public static OffsetsFolded From(OffsetsFoldedProto p) => new(p.FirstSequenceNr, [.. p.Offsets.Select(From)]);

    public static TransactionalOffsetsPending From(TransactionalOffsetsPendingProto p) => new(p.ProducerId, [.. p.Offsets.Select(From)]);

    public static TransactionalOffsetsDecided From(TransactionalOffsetsDecidedProto p) => new(p.ProducerId, p.Commits);

    public static List<OffsetKey> Keys(OffsetsGoneProto p) => [.. p.Partitions.Select(k => new OffsetKey(k.Topic, k.Partition))];

    public static GroupSnapshot From(GroupSnapshotProto p) => new(
        (GroupPhase)p.Phase, p.Generation, p.HasProtocolType ? p.ProtocolType : null, p.HasProtocol ? p.Protocol : null,
        p.HasLeader ? p.Leader : null, p.EmptySinceMs, p.NextOrdinal, [.. p.Members.Select(From)], [.. p.Offsets.Select(From)],
        [.. p.PendingOffsets.Select(From)]);

    private static GroupMember From(GroupMemberProto p) => new(
        p.MemberId, p.HasInstanceId ? p.InstanceId : null, p.ClientId, p.ClientHost, p.SessionTimeoutMs, p.RebalanceTimeoutMs,
        From(p.Protocols), p.Assignment.Memory, p.Ordinal);

    private static List<MemberProtocol> From(IEnumerable<MemberProtocolProto> protocols) =>
        [.. protocols.Select(p => new MemberProtocol(p.Name, p.Metadata.Memory))];

    private static KeyValuePair<OffsetKey, CommittedOffset> From(CommittedOffsetProto p) => KeyValuePair.Create(
        new OffsetKey(p.Topic, p.Partition),
        new CommittedOffset(
            p.TopicId.IsEmpty ? Guid.Empty : new Guid(p.TopicId.Span, bigEndian: true), p.Offset, p.LeaderEpoch,
            p.HasMetadata ? p.Metadata : null, p.CommitMs, p.HasExpireMs ? p.ExpireMs : null));

    private static MemberJoinedProto ToProto(MemberJoined e)
    {
        var p = new MemberJoinedProto
        {
            MemberId = e.MemberId,
            ClientId = e.ClientId,
            ClientHost = e.ClientHost,
            SessionTimeoutMs = e.SessionTimeoutMs,
            RebalanceTimeoutMs = e.RebalanceTimeoutMs,
            ProtocolType = e.ProtocolType,
            Protocols = { e.Protocols.Select(ToProto) },
        };
        if (e.InstanceId is not null)
            p.InstanceId = e.InstanceId;
        return p;
    }

    private static MemberUpdatedProto ToProto(MemberUpdated e) => new()
    {
        MemberId = e.MemberId,
        ClientId = e.ClientId,
        ClientHost = e.ClientHost,
        SessionTimeoutMs = e.SessionTimeoutMs,
        RebalanceTimeoutMs = e.RebalanceTimeoutMs,
        Protocols = { e.Protocols.Select(ToProto) },
    };

    private static RebalanceStartedProto ToProto(RebalanceStarted e)
    {
        var p = new RebalanceStartedProto { Reason = e.Reason, AtMs = e.AtMs, Cause = (int)e.Cause };
        if (e.MemberId is not null)
            p.MemberId = e.MemberId;
        return p;
    }

    private static GenerationStartedProto ToProto(GenerationStarted e)
    {
        var p = new GenerationStartedProto { Generation = e.Generation, AtMs = e.AtMs };
        if (e.Protocol is not null)
            p.Protocol = e.Protocol;
        if (e.Leader is not null)
            p.Leader = e.Leader;
        return p;
    }

    private static AssignmentsMadeProto ToProto(AssignmentsMade e) => new()
    {
        Generation = e.Generation,
        Assignments = { e.Assignments.Select(a => new MemberAssignmentProto { MemberId = a.MemberId, Assignment = Bytes(a.Assignment) }) },
    };

    private static OffsetsGoneProto ToProto(IReadOnlyList<OffsetKey> partitions) => new()
    {
        Partitions = { partitions.Select(k => new OffsetKeyProto { Topic = k.Topic, Partition = k.Partition }) },
    };

    private static GroupSnapshotProto ToProto(GroupSnapshot e)
    {
        var p = new GroupSnapshotProto
        {
            Phase = (int)e.Phase,
            Generation = e.Generation,
            EmptySinceMs = e.EmptySinceMs,
            NextOrdinal = e.NextOrdinal,
            Members = { e.Members.Select(ToProto) },
            Offsets = { e.Offsets.Select(ToProto) },
            PendingOffsets = { e.PendingOffsets.Select(ToProto) },
        };
        if (e.ProtocolType is not null)
            p.ProtocolType = e.ProtocolType;
        if (e.Protocol is not null)
            p.Protocol = e.Protocol;
        if (e.Leader is not null)
            p.Leader = e.Leader;
        return p;
    }

    private static TransactionalOffsetsPendingProto ToProto(TransactionalOffsetsPending e) =>
        new() { ProducerId = e.ProducerId, Offsets = { e.Offsets.Select(ToProto) } };

    private static GroupMemberProto ToProto(GroupMember m)
    {
        var p = new GroupMemberProto
        {
            MemberId = m.MemberId,
            ClientId = m.ClientId,
            ClientHost = m.ClientHost,
            SessionTimeoutMs = m.SessionTimeoutMs,
            RebalanceTimeoutMs = m.RebalanceTimeoutMs,
            Protocols = { m.Protocols.Select(ToProto) },
            Assignment = Bytes(m.Assignment),
            Ordinal = m.Ordinal,
        };
        if (m.InstanceId is not null)
            p.InstanceId = m.InstanceId;
        return p;
    }

    private static MemberProtocolProto ToProto(MemberProtocol m) => new() { Name = m.Name, Metadata = Bytes(m.Metadata) };

    private static CommittedOffsetProto ToProto(KeyValuePair<OffsetKey, CommittedOffset> o)
    {
        var p = new CommittedOffsetProto
        {
            Topic = o.Key.Topic,
            Partition = o.Key.Partition,
            TopicId = o.Value.TopicId == Guid.Empty ? ByteString.Empty : ByteString.CopyFrom(o.Value.TopicId.ToByteArray(bigEndian: true)),
            Offset = o.Value.Offset,
            LeaderEpoch = o.Value.LeaderEpoch,
            CommitMs = o.Value.CommitMs,
        };
        if (o.Value.Metadata is not null)
            p.Metadata = o.Value.Metadata;
        if (o.Value.ExpireMs is { } expire)
            p.ExpireMs = expire;
        return p;
    }

    // Frames are never written again, so the message may share their bytes.
    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
