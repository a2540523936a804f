namespace Portask.Http.Api;

/// <summary>A group in a list.</summary>
/// <param name="Lag">Records not read in all its partitions; null when an end is not known.</param>
public sealed record GroupSummary(
    string Id, string State, string? ProtocolType, string? Protocol, int Generation, int Members, IReadOnlyList<string> Topics, long? Lag);

/// <summary>A part of the list of groups.</summary>
/// <param name="Unread">Brokers that did not answer in time: groups that they coordinate are missing.</param>
public sealed record GroupPage(int Total, int Offset, int Limit, IReadOnlyList<int> Unread, IReadOnlyList<GroupSummary> Groups);

/// <summary>Partitions of a topic.</summary>
public sealed record TopicPartitions(string Topic, IReadOnlyList<int> Partitions);

/// <summary>A member. Subscription and assignment are null when they are not a consumer's.</summary>
public sealed record GroupMemberDetail(
    string MemberId, string? InstanceId, string ClientId, string Host, int SessionTimeoutMs, int RebalanceTimeoutMs,
    IReadOnlyList<string> Protocols, IReadOnlyList<string>? Subscription, IReadOnlyList<TopicPartitions>? Assignment);

/// <summary>How far a group is in a partition.</summary>
/// <param name="Committed">The next offset to read; null when the group has none.</param>
/// <param name="IsPending">Whether an open transaction may still change it.</param>
/// <param name="Member">The member that reads it now, or null.</param>
public sealed record GroupOffset(
    string Topic, int Partition, long? Committed, long? End, long? Lag, int? LeaderEpoch, string? Metadata, long? CommittedAtMs, bool IsPending, string? Member);

/// <summary>A group with its members and offsets.</summary>
public sealed record GroupDetail(
    string Id, string State, string? ProtocolType, string? Protocol, int Generation, string? Leader, long? Lag,
    IReadOnlyList<GroupMemberDetail> Members, IReadOnlyList<GroupOffset> Offsets);

/// <summary>Partitions to be reset: all of a topic where none are named.</summary>
public sealed record ResetScope(string Topic, IReadOnlyList<int>? Partitions = null);

/// <summary>An offset for one partition.</summary>
public sealed record ResetOffset(string Topic, int Partition, long Offset);

/// <summary>Where offsets of a group are to go, or the very offsets that a preview gave.</summary>
/// <param name="To">earliest, latest, timestamp, offset or shift; left out with <paramref name="Offsets"/>.</param>
/// <param name="Value">The time in ms since the Unix epoch, the offset, or by how much to shift.</param>
/// <param name="Scope">Partitions; left out, all that the group has offsets of.</param>
/// <param name="Offsets">Offsets as they are, instead of the rest.</param>
public sealed record OffsetReset(
    string? To = null, long? Value = null, IReadOnlyList<ResetScope>? Scope = null, IReadOnlyList<ResetOffset>? Offsets = null);

/// <summary>What a reset does to one partition.</summary>
/// <param name="Current">The offset now; null when there is none.</param>
/// <param name="Target">The offset then, held to where the partition starts and ends.</param>
/// <param name="Error">Why it cannot be done or was not, else null.</param>
public sealed record OffsetChange(string Topic, int Partition, long? Current, long? Target, long? Start, long? End, long? LagBefore, long? LagAfter, string? Error);

/// <summary>What a reset does, or did.</summary>
/// <param name="CanApply">Whether the group has no members, which a reset takes.</param>
public sealed record ResetPlan(string Group, string State, bool CanApply, IReadOnlyList<OffsetChange> Changes);
