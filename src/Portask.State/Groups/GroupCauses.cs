namespace Portask.State.Groups;

/// <summary>Why a member is out. Numbers are frozen: journals hold them.</summary>
public enum LeaveCause
{
    /// <summary>The journal is older than this field.</summary>
    Unknown = 0,

    /// <summary>It said so, or an operator removed it (LeaveGroup).</summary>
    Left = 1,

    /// <summary>Nothing was heard of it for session.timeout.ms.</summary>
    SessionTimedOut = 2,

    /// <summary>It did not join a rebalance within the rebalance timeout.</summary>
    DidNotJoin = 3,

    /// <summary>It joined and did not sync within the rebalance timeout.</summary>
    DidNotSync = 4,
}

/// <summary>Why a rebalance began. Numbers are frozen: journals hold them.</summary>
public enum RebalanceCause
{
    /// <summary>The journal is older than this field.</summary>
    Unknown = 0,

    /// <summary>A new member.</summary>
    MemberJoined = 1,

    /// <summary>A member left.</summary>
    MemberLeft = 2,

    /// <summary>Nothing was heard of a member for its session timeout.</summary>
    SessionTimedOut = 3,

    /// <summary>Members joined and did not sync in time.</summary>
    DidNotSync = 4,

    /// <summary>A member wants other topics.</summary>
    SubscriptionChanged = 5,

    /// <summary>A member came with other metadata for the same topics, such as after giving partitions up (KIP-429).</summary>
    MetadataChanged = 6,

    /// <summary>The leader asked to assign anew, such as after a topic grew.</summary>
    LeaderRejoined = 7,

    /// <summary>A static member came back with other wishes or in the middle of a rebalance.</summary>
    StaticMemberReplaced = 8,
}
