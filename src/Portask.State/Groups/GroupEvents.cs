namespace Portask.State.Groups;

/// <summary>One way of sharing partitions that a member knows, with what it tells the leader about itself.</summary>
public sealed record MemberProtocol(string Name, ReadOnlyMemory<byte> Metadata);

/// <summary>A partition by the names that offsets are committed under.</summary>
public readonly record struct OffsetKey(string Topic, int Partition);

/// <summary>A committed offset: the next one to read.</summary>
/// <param name="TopicId">The topic's id at the time of the commit, so that a later topic of that name does not inherit it; empty when not known.</param>
/// <param name="ExpireMs">When it expires by the client's own wish (OffsetCommit 2-4); null leaves it to the broker's retention.</param>
public sealed record CommittedOffset(Guid TopicId, long Offset, int LeaderEpoch, string? Metadata, long CommitMs, long? ExpireMs);

public sealed record GroupCreated(long AtMs) : IGroupJournaled;

public sealed record MemberJoined(
    string MemberId, string? InstanceId, string ClientId, string ClientHost, int SessionTimeoutMs, int RebalanceTimeoutMs,
    string ProtocolType, IReadOnlyList<MemberProtocol> Protocols) : IGroupJournaled;

public sealed record MemberUpdated(
    string MemberId, string ClientId, string ClientHost, int SessionTimeoutMs, int RebalanceTimeoutMs,
    IReadOnlyList<MemberProtocol> Protocols) : IGroupJournaled;

/// <summary>A static member came back under a new member id and keeps its place and its assignment.</summary>
public sealed record MemberReplaced(string OldMemberId, string NewMemberId) : IGroupJournaled;

/// <param name="Reason">In words; the client's own where it gave some.</param>
public sealed record MemberLeft(string MemberId, string Reason, LeaveCause Cause = LeaveCause.Unknown) : IGroupJournaled;

/// <param name="Reason">In words; the client's own where it gave some.</param>
/// <param name="MemberId">The member that caused it, null where several did or the journal is older than this field.</param>
public sealed record RebalanceStarted(
    string Reason, long AtMs, RebalanceCause Cause = RebalanceCause.Unknown, string? MemberId = null) : IGroupJournaled;

/// <summary>A generation began. Without a leader nobody is left and the group is empty.</summary>
public sealed record GenerationStarted(int Generation, string? Protocol, string? Leader, long AtMs) : IGroupJournaled;

public sealed record MemberAssignment(string MemberId, ReadOnlyMemory<byte> Assignment);

public sealed record AssignmentsMade(int Generation, IReadOnlyList<MemberAssignment> Assignments) : IGroupJournaled;

public sealed record OffsetsCommitted(IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Offsets) : IGroupJournaled;

/// <summary>What stands for offset commits of a while, in the place of the last one: the history of a group keeps the end of each while only.</summary>
/// <param name="FirstSequenceNr">The journal's number of the first commit that it stands for.</param>
public sealed record OffsetsFolded(long FirstSequenceNr, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Offsets) : IGroupJournaled, IStandsForEarlier;

/// <summary>Offsets that a producer's open transaction will commit or drop (KIP-447).</summary>
public sealed record TransactionalOffsetsPending(long ProducerId, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Offsets) : IGroupJournaled;

/// <summary>The transaction was decided: what is pending of its producer is committed or dropped.</summary>
public sealed record TransactionalOffsetsDecided(long ProducerId, bool Commits) : IGroupJournaled;

public sealed record OffsetsDeleted(IReadOnlyList<OffsetKey> Partitions) : IGroupJournaled;

public sealed record OffsetsExpired(IReadOnlyList<OffsetKey> Partitions) : IGroupJournaled;

public sealed record GroupDeleted(long AtMs) : IGroupJournaled;

/// <summary>The whole journaled state of a group.</summary>
public sealed record GroupSnapshot(
    GroupPhase Phase, int Generation, string? ProtocolType, string? Protocol, string? Leader, long EmptySinceMs, long NextOrdinal,
    IReadOnlyList<GroupMember> Members, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Offsets,
    IReadOnlyList<TransactionalOffsetsPending> PendingOffsets) : IGroupJournaled;

/// <summary>The directory of groups learned of a group.</summary>
public sealed record GroupListed(string GroupId) : IGroupJournaled;

/// <summary>The directory of groups learned that a group is gone.</summary>
public sealed record GroupUnlisted(string GroupId) : IGroupJournaled;

/// <summary>All groups that the directory knows.</summary>
public sealed record GroupDirectorySnapshot(IReadOnlyList<string> GroupIds) : IGroupJournaled;
