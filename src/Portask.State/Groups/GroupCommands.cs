using Portask.Protocol;

namespace Portask.State.Groups;

/// <summary>Something asked of a group, or a time that came.</summary>
public abstract record GroupCommand;

/// <summary>A command that someone waits for, under the token that its reply will carry.</summary>
public abstract record GroupRequest(long Token) : GroupCommand;

/// <param name="NewMemberId">An id that nobody has, for a member that comes without one.</param>
/// <param name="RequiresKnownId">JoinGroup 4 and up: a new dynamic member is told its id and comes again with it.</param>
/// <param name="MaySkipAssignment">JoinGroup 9 and up: a returning static leader can be told not to assign.</param>
public sealed record JoinGroup(
    long Token, string MemberId, string? InstanceId, string NewMemberId, string ClientId, string ClientHost,
    int SessionTimeoutMs, int RebalanceTimeoutMs, string ProtocolType, IReadOnlyList<MemberProtocol> Protocols,
    bool RequiresKnownId, bool MaySkipAssignment, string? Reason) : GroupRequest(Token);

public sealed record SyncGroup(
    long Token, string MemberId, string? InstanceId, int Generation, string? ProtocolType, string? Protocol,
    IReadOnlyList<MemberAssignment> Assignments) : GroupRequest(Token);

public sealed record Heartbeat(long Token, string MemberId, string? InstanceId, int Generation) : GroupRequest(Token);

public sealed record LeavingMember(string MemberId, string? InstanceId, string? Reason);

public sealed record LeaveGroup(long Token, IReadOnlyList<LeavingMember> Members) : GroupRequest(Token);

public sealed record OffsetToCommit(OffsetKey Partition, Guid TopicId, long Offset, int LeaderEpoch, string? Metadata, long? CommitMs);

/// <param name="RetentionMs">How long the client wants its offsets kept, or null.</param>
public sealed record CommitOffsets(
    long Token, string MemberId, string? InstanceId, int Generation, long? RetentionMs, IReadOnlyList<OffsetToCommit> Offsets) : GroupRequest(Token);

/// <summary>Offsets that take effect when the producer's transaction commits. The coordinator has verified the transaction.</summary>
public sealed record CommitTransactionalOffsets(
    long Token, long ProducerId, string MemberId, string? InstanceId, int Generation, IReadOnlyList<OffsetToCommit> Offsets) : GroupRequest(Token);

/// <summary>The producer's transaction was decided; may be repeated.</summary>
public sealed record DecideTransactionalOffsets(long Token, long ProducerId, bool Commits) : GroupRequest(Token);

public sealed record DeleteOffsets(long Token, IReadOnlyList<OffsetKey> Partitions) : GroupRequest(Token);

public sealed record DeleteGroup(long Token) : GroupRequest(Token);

/// <summary>A topic was deleted, and what was committed for it means nothing any more.</summary>
public sealed record DropTopic(Guid TopicId) : GroupCommand;

/// <summary>The journal was read: deadlines begin anew, since nobody could be heard in the meantime.</summary>
public sealed record Recovered : GroupCommand;

/// <summary>The time to join the rebalance that follows a generation is over.</summary>
public sealed record JoinTimeout(int Generation) : GroupCommand;

/// <summary>The time to sync in a generation is over.</summary>
public sealed record SyncTimeout(int Generation) : GroupCommand;

/// <summary>A member may have been silent for its session timeout.</summary>
public sealed record SessionTimeout(string MemberId) : GroupCommand;

/// <summary>A client that was given a member id may not have come back with it.</summary>
public sealed record PendingTimeout(string MemberId) : GroupCommand;

/// <summary>The time to look for offsets past their retention.</summary>
public sealed record ExpireOffsets : GroupCommand;

/// <summary>An answer of a group.</summary>
public abstract record GroupReply(ErrorCode Error);

public sealed record JoinedMember(string MemberId, string? InstanceId, ReadOnlyMemory<byte> Metadata);

public sealed record JoinReply(
    ErrorCode Error, string MemberId, int Generation, string? ProtocolType, string? Protocol, string Leader,
    IReadOnlyList<JoinedMember> Members, bool SkipAssignment) : GroupReply(Error)
{
    public static JoinReply Refused(ErrorCode error, string memberId) => new(error, memberId, -1, null, null, "", [], false);
}

public sealed record SyncReply(ErrorCode Error, string? ProtocolType, string? Protocol, ReadOnlyMemory<byte> Assignment) : GroupReply(Error)
{
    public static SyncReply Refused(ErrorCode error) => new(error, null, null, default);
}

public sealed record PlainReply(ErrorCode Error) : GroupReply(Error);

public sealed record LeaveReply(ErrorCode Error, IReadOnlyList<ErrorCode> Members) : GroupReply(Error);

/// <summary>One error for each partition, in the order of the request.</summary>
public sealed record PartitionsReply(ErrorCode Error, IReadOnlyList<ErrorCode> Partitions) : GroupReply(Error);
