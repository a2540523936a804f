using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>A command for a group, answered with a <see cref="GroupReply"/>. The actor gives the token.</summary>
public sealed record AskGroup(GroupRequest Request) : ICrossesNodes;

/// <summary>Asks for committed offsets; null partitions means all. Answered with <see cref="FetchedOffsets"/>.</summary>
public sealed record FetchOffsets(IReadOnlyList<OffsetKey>? Partitions);

/// <summary>The offsets that there are; a partition without one is absent.</summary>
/// <param name="Unstable">Partitions whose offset an open transaction may still change (KIP-447).</param>
public sealed record FetchedOffsets(IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Offsets, IReadOnlySet<OffsetKey> Unstable);

/// <summary>Asks a group what it is. Answered with <see cref="GroupDescription"/>.</summary>
public sealed record DescribeGroup
{
    public static readonly DescribeGroup Instance = new();
}

/// <summary>A group as it stands, Dead when there is none.</summary>
public sealed record GroupDescription(string GroupId, GroupState State);

/// <summary>The group could not be read or written and the client may try again.</summary>
public sealed record GroupUnavailable(ErrorCode Error) : ICrossesNodes;

/// <summary>Tells the directory that a group exists.</summary>
public sealed record ListGroup(string GroupId) : ICrossesNodes;

/// <summary>Tells the directory that a group is gone.</summary>
public sealed record UnlistGroup(string GroupId) : ICrossesNodes;

/// <summary>Tells the directory, and by it every group, that a topic was deleted.</summary>
public sealed record ForgetTopic(Guid TopicId) : ICrossesNodes;

/// <summary>Asks the directory for all groups. Answered with <see cref="KnownGroups"/>.</summary>
public sealed record GetGroups
{
    public static readonly GetGroups Instance = new();
}

/// <summary>The ids of all groups.</summary>
public sealed record KnownGroups(IReadOnlyList<string> GroupIds);

/// <summary>Has the directory start the groups that exist and do not run.</summary>
public sealed record WakeGroups : ICrossesNodes
{
    public static readonly WakeGroups Instance = new();
}
