using System.Collections.Immutable;

namespace Portask.State.Groups;

/// <summary>The limits that a group keeps.</summary>
public sealed record GroupSettings
{
    public int MinSessionTimeoutMs { get; init; } = 6_000;
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;
    public int InitialRebalanceDelayMs { get; init; } = 3_000;
    public int MaxSize { get; init; } = int.MaxValue;
    public long OffsetsRetentionMs { get; init; } = 604_800_000;
    public long OffsetsCheckIntervalMs { get; init; } = 600_000;
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;
}

/// <summary>A timer to set under a name, or, without a command, to cancel.</summary>
public sealed record GroupTimer(string Name, long DueInMs, GroupCommand? Command)
{
    public const string Join = "join";
    public const string Sync = "sync";
    public const string Offsets = "offsets";

    public static string Session(string memberId) => "session/" + memberId;

    public static string Pending(string memberId) => "pending/" + memberId;
}

/// <summary>The first join into an empty group waits for others, and again for as long as others come.</summary>
public sealed record InitialDelay(long RemainingMs, bool MoreCame);

/// <summary>What a group knows and does not journal: who waits for an answer, and until when.</summary>
public sealed record GroupWaiting
{
    public static readonly GroupWaiting None = new();

    /// <summary>Tokens of parked joins by member id.</summary>
    public ImmutableDictionary<string, long> Joins { get; init; } = ImmutableDictionary<string, long>.Empty;
    /// <summary>Tokens of parked syncs by member id.</summary>
    public ImmutableDictionary<string, long> Syncs { get; init; } = ImmutableDictionary<string, long>.Empty;
    /// <summary>When members that are not parked must have been heard of.</summary>
    public ImmutableDictionary<string, long> Sessions { get; init; } = ImmutableDictionary<string, long>.Empty;
    /// <summary>Until when ids that were given out may be used.</summary>
    public ImmutableDictionary<string, long> Pending { get; init; } = ImmutableDictionary<string, long>.Empty;
    /// <summary>Members of the generation that have not synced yet.</summary>
    public ImmutableHashSet<string> Unsynced { get; init; } = [];
    public long JoinDeadlineMs { get; init; }
    public long SyncDeadlineMs { get; init; }
    public InitialDelay? Initial { get; init; }
}

/// <summary>What follows from a command: facts to journal, then answers and timers, then what to remember unjournaled.</summary>
public sealed record GroupDecision(
    IReadOnlyList<IGroupJournaled> Events,
    IReadOnlyList<KeyValuePair<long, GroupReply>> Replies,
    IReadOnlyList<GroupTimer> Timers,
    GroupWaiting Waiting);
