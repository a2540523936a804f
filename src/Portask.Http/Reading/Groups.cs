using Portask.Broker;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.Http.Reading;

/// <summary>How far a group is in one partition.</summary>
/// <param name="End">The partition's high watermark; null when it does not run on this node.</param>
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
/// <param name="Unread">Groups that did not answer in time.</param>
public sealed record GroupsSeen(IReadOnlyList<GroupSeen> Groups, int Unread)
{
    /// <summary>The group of an id, or null.</summary>
    public GroupSeen? Find(string id) => Groups.FirstOrDefault(group => group.Id == id);
}

/// <summary>
/// Reads all groups from their coordinators, within two seconds and once a second at most, however many ask: Prometheus, the
/// charts and every open console look at the same answer.
/// </summary>
internal sealed class Groups(Node node)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeepsFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private GroupsSeen _seen = new([], 0);
    private DateTimeOffset _seenAt;

    /// <summary>All groups, as they were a second ago at most.</summary>
    public async Task<GroupsSeen> ReadAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (node.Broker is { Node: var broker } && DateTimeOffset.UtcNow - _seenAt > KeepsFor)
                (_seen, _seenAt) = (await LookAsync(broker).ConfigureAwait(false), DateTimeOffset.UtcNow);
            return _seen;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>One group as it is now, Dead when there is none.</summary>
    public static async Task<(GroupSeen? Group, ErrorCode Error)> ReadAsync(BrokerNode broker, string groupId, CancellationToken cancellation)
    {
        var answer = await broker.Groups.DescribeAsync(groupId, cancellation).ConfigureAwait(false);
        return answer.Reply is { } described ? (See(broker, groupId, described.State), ErrorCode.None) : (null, answer.Error);
    }

    private static async Task<GroupsSeen> LookAsync(BrokerNode broker)
    {
        using var patience = new CancellationTokenSource(Patience);
        var known = await broker.Groups.ListAsync(patience.Token).ConfigureAwait(false);
        var answers = await GroupClient
            .ForEachAsync(known.Reply?.GroupIds ?? [], id => broker.Groups.DescribeAsync(id, patience.Token))
            .ConfigureAwait(false);
        var read = answers.Where(answer => answer.Reply is not null).Select(answer => answer.Reply!).ToList();
        var groups = read.Where(group => group.State.Phase != GroupPhase.Dead).Select(group => See(broker, group.GroupId, group.State));
        return new([.. groups], answers.Count - read.Count);
    }

    private static GroupSeen See(BrokerNode broker, string id, GroupState state)
    {
        var lags = new List<PartitionLag>();
        foreach (var (key, offset) in state.Offsets)
        {
            // An offset of an earlier topic of that name means nothing in this one.
            if (CommittedOffsets.IsCurrent(key, offset, broker.Metadata))
                lags.Add(new(key.Topic, key.Partition, offset, EndOf(broker.Metadata, broker.Partitions, key)));
        }
        return new(id, state, [.. lags.OrderBy(lag => lag.Topic, StringComparer.Ordinal).ThenBy(lag => lag.Partition)]);
    }

    private static long? EndOf(IMetadataView topics, LocalPartitions partitions, OffsetKey key) =>
        topics.Find(key.Topic) is { } topic ? partitions.Find(topic.Id, key.Partition)?.HighWatermark : null;
}
