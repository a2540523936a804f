using Portask.Broker;
using Portask.Broker.Groups;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.Http.Reading;

/// <summary>How far a group is in one partition.</summary>
/// <param name="End">The partition's high watermark; null when nobody tells it.</param>
public sealed record PartitionLag(string Topic, int Partition, CommittedOffset Offset, long? End)
{
    /// <summary>The next offset to read.</summary>
    public long Committed => Offset.Offset;

    /// <summary>Records that the group has not read; null when the end is not known.</summary>
    public long? Lag => End is { } end ? Math.Max(0, end - Committed) : null;
}

/// <summary>A group at one moment.</summary>
public sealed record GroupSeen(string Id, GroupState State, IReadOnlyList<PartitionLag> Lags);

/// <summary>All groups at one moment.</summary>
/// <param name="Missing">Groups of this node that did not answer in time; one when it cannot be told which there are.</param>
/// <param name="Unread">Brokers that did not answer for all groups that they coordinate.</param>
public sealed record GroupsSeen(IReadOnlyList<GroupSeen> Groups, int Missing, IReadOnlyList<int> Unread)
{
    /// <summary>Before there was a look.</summary>
    public static readonly GroupsSeen Nothing = new([], 0, []);

    /// <summary>The group of an id, or null.</summary>
    public GroupSeen? Find(string id) => Groups.FirstOrDefault(group => group.Id == id);
}

/// <summary>
/// Reads all groups from their coordinators, for two seconds and once a second at most, however many ask: Prometheus, the
/// charts and every open console look at the same answer.
/// </summary>
internal sealed class Groups
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Node _node;
    private readonly PeerRouter _peers;
    private readonly Shared _here;
    private readonly Shared _everywhere;

    public Groups(Node node, PeerRouter peers)
    {
        (_node, _peers) = (node, peers);
        _here = new Shared(LookHereAsync);
        _everywhere = new Shared(LookEverywhereAsync);
    }

    /// <summary>The groups that this node coordinates, as they were a second ago at most.</summary>
    public Task<GroupsSeen> ReadHereAsync(CancellationToken cancellation) => _here.ReadAsync(_node.Broker?.Node, cancellation);

    /// <summary>The groups of all nodes, as they were a second ago at most.</summary>
    public Task<GroupsSeen> ReadAsync(CancellationToken cancellation) =>
        (_node.Broker?.Node.IsClustered == true ? _everywhere : _here).ReadAsync(_node.Broker?.Node, cancellation);

    /// <summary>One group as it is now, Dead when there is none.</summary>
    public async Task<(GroupSeen? Group, ErrorCode Error)> ReadAsync(BrokerNode broker, string groupId, CancellationToken cancellation)
    {
        var coordinator = await _peers.CoordinatorOfAsync(groupId, PeerRouter.OfGroup, cancellation).ConfigureAwait(false);
        GroupState state;
        if (_peers.IsSelf(coordinator))
        {
            var answer = await broker.Groups.DescribeAsync(groupId, cancellation).ConfigureAwait(false);
            if (answer.Reply is null)
                return (null, answer.Error);
            state = answer.Reply.State;
        }
        else
        {
            var told = (await _peers.DescribeGroupsAsync(coordinator, [groupId], broker.Metadata, cancellation).ConfigureAwait(false))[0];
            if (told.Error != ErrorCode.None)
                return (null, told.Error);
            state = told.State;
        }
        return ((await SeeAsync(broker, [(groupId, state)], cancellation).ConfigureAwait(false))[0], ErrorCode.None);
    }

    private async Task<GroupsSeen> LookHereAsync(BrokerNode broker, CancellationToken patience)
    {
        var (groups, missing) = await StatesHereAsync(broker.Groups, patience).ConfigureAwait(false);
        return new(await SeeAsync(broker, groups, _node.Closing).ConfigureAwait(false), missing, missing > 0 ? [broker.NodeId] : []);
    }

    private async Task<GroupsSeen> LookEverywhereAsync(BrokerNode broker, CancellationToken patience)
    {
        var asked = Task.WhenAll(_peers.Others.Select(async id =>
            (Id: id, Groups: await _peers.TryGroupsOfAsync(id, broker.Metadata, _node.Closing).ConfigureAwait(false))));
        var (groups, missing) = await StatesHereAsync(broker.Groups, patience).ConfigureAwait(false);
        var unread = missing > 0 ? new List<int> { broker.NodeId } : [];
        foreach (var (brokerId, told) in await asked.ConfigureAwait(false))
        {
            if (told is null || told.Exists(group => group.Error != ErrorCode.None))
                unread.Add(brokerId);
            groups.AddRange((told ?? []).Where(group => group.Error == ErrorCode.None && group.State.Phase != GroupPhase.Dead).Select(group => (group.Id, group.State)));
        }
        // One that moves in this moment may be told by both. Ends have a time of their own: with what one broker left of that for groups, none
        // that the others know would be told.
        var seen = await SeeAsync(broker, [.. groups.DistinctBy(group => group.Id)], _node.Closing).ConfigureAwait(false);
        return new(seen, missing, [.. unread.Order()]);
    }

    internal static async Task<(List<(string Id, GroupState State)> Groups, int Missing)> StatesHereAsync(GroupClient here, CancellationToken patience)
    {
        if ((await here.ListAsync(patience).ConfigureAwait(false)).Reply is not { } known)
            return ([], 1);
        var answers = await GroupClient.ForEachAsync(known.GroupIds, id => here.DescribeAsync(id, patience)).ConfigureAwait(false);
        var read = answers.Where(answer => answer.Reply is not null).Select(answer => answer.Reply!).ToList();
        return ([.. read.Where(group => group.State.Phase != GroupPhase.Dead).Select(group => (group.GroupId, group.State))], answers.Count - read.Count);
    }

    private async Task<List<GroupSeen>> SeeAsync(BrokerNode broker, IReadOnlyList<(string Id, GroupState State)> groups, CancellationToken cancellation)
    {
        // An offset of an earlier topic of that name means nothing in this one.
        var current = groups
            .Select(group => (group.Id, group.State, Offsets: group.State.Offsets.Where(one => CommittedOffsets.IsCurrent(one.Key, one.Value, broker.Metadata)).ToList()))
            .ToList();
        var keys = current.SelectMany(group => group.Offsets.Select(one => one.Key)).Distinct();
        var ends = await _peers.EndsAsync(broker, keys, cancellation).ConfigureAwait(false);
        return [.. current.Select(group => new GroupSeen(group.Id, group.State,
            [.. group.Offsets
                .Select(one => new PartitionLag(one.Key.Topic, one.Key.Partition, one.Value, ends.TryGetValue(one.Key, out var end) ? end : null))
                .OrderBy(lag => lag.Topic, StringComparer.Ordinal).ThenBy(lag => lag.Partition)]))];
    }

    /// <summary>One look for all who ask within a second.</summary>
    private sealed class Shared(Func<BrokerNode, CancellationToken, Task<GroupsSeen>> look)
    {
        private const long KeepsForMs = 1000;

        private readonly SemaphoreSlim _gate = new(1);
        private GroupsSeen _seen = GroupsSeen.Nothing;

        // Not the clock of the wall: set back, it would have this answer stand for as long.
        private long _seenAt = -KeepsForMs - 1;

        public async Task<GroupsSeen> ReadAsync(BrokerNode? broker, CancellationToken cancellation)
        {
            await _gate.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                if (broker is not null && Environment.TickCount64 - _seenAt > KeepsForMs)
                {
                    using var patience = new CancellationTokenSource(Patience);
                    (_seen, _seenAt) = (await look(broker, patience.Token).ConfigureAwait(false), Environment.TickCount64);
                }
                return _seen;
            }
            finally
            {
                _gate.Release();
            }
        }
    }
}
