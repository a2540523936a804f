using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Topics;
using Portask.Protocol.Messages;
using Portask.State.Groups;
using Portask.Testing.Reading;

namespace Portask.Testing;

/// <summary>A consumer group as a test looks at it: from inside the broker, past pauses and faults.</summary>
public sealed class GroupView
{
    private readonly EmbeddedBroker _broker;

    internal GroupView(EmbeddedBroker broker, string id) => (_broker, Id) = (broker, id);

    /// <summary>The group's id.</summary>
    public string Id { get; }

    /// <summary>Dead, Empty, PreparingRebalance, CompletingRebalance or Stable; a group that nobody has used is Dead.</summary>
    public string State => Now.State;

    /// <summary>Counts the rebalances that the group has completed.</summary>
    public int Generation => Now.Generation;

    /// <summary>The members with what they are assigned.</summary>
    public IReadOnlyList<GroupMemberView> Members => Now.Members;

    /// <summary>The next offset to read of each partition that the group has committed.</summary>
    public IReadOnlyDictionary<TopicPartitionOf, long> CommittedOffsets => Now.CommittedOffsets;

    /// <summary>Records after the committed offset, of each partition that the group has committed.</summary>
    public IReadOnlyDictionary<TopicPartitionOf, long> Lag => Now.Lag;

    /// <summary>All of it at one moment. The properties wait for this; it does not block.</summary>
    public async Task<GroupSnapshotView> DescribeAsync()
    {
        var answer = await _broker.Running.Node.Groups.DescribeAsync(Id, CancellationToken.None).ConfigureAwait(false);
        if (answer.Reply is not { State: var state })
            throw new EmbeddedBrokerException($"group {Id} does not answer: {answer.Error}");
        var topics = _broker.Running.Node.Metadata;
        var committed = new Dictionary<TopicPartitionOf, long>();
        var lag = new Dictionary<TopicPartitionOf, long>();
        foreach (var (key, offset) in state.Offsets.Where(one => Broker.Topics.CommittedOffsets.IsCurrent(one.Key, one.Value, topics)))
        {
            var place = new TopicPartitionOf(key.Topic, key.Partition);
            committed[place] = offset.Offset;
            var reader = await PartitionScan.ReaderAsync(_broker.Running, topics.Find(key.Topic)!, key.Partition).ConfigureAwait(false);
            lag[place] = Math.Max(0, reader.HighWatermark - offset.Offset);
        }
        return new(state.Phase.ToString(), state.Generation, [.. state.Members.Values.OrderBy(member => member.Ordinal).Select(Of)], committed, lag);
    }

    /// <summary>Waits until the group has committed a partition up to an offset or beyond.</summary>
    /// <exception cref="EmbeddedBrokerException">It has not in time; the message says what it has.</exception>
    public Task WaitForCommittedAsync(string topic, int partition, long offset, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WaitForAsync(
            group => group.CommittedOffsets.GetValueOrDefault(new(topic, partition), -1) >= offset,
            $"has not committed {topic}-{partition} up to {offset}",
            timeout,
            cancellation);

    /// <summary>Waits until the group is stable with so many members.</summary>
    /// <exception cref="EmbeddedBrokerException">It is not in time; the message says what it is.</exception>
    public Task WaitForStableAsync(int members, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WaitForAsync(group => group.State == nameof(GroupPhase.Stable) && group.Members.Count == members, $"is not stable with {members} members", timeout, cancellation);

    /// <summary>
    /// Has the members join again: their next heartbeat answers REBALANCE_IN_PROGRESS. It is what a member does that joins and
    /// leaves before the others have come back.
    /// </summary>
    /// <exception cref="EmbeddedBrokerException">The group has no members.</exception>
    public Task RebalanceAsync() => _broker.RebalanceAsync(Id);

    /// <summary>Takes a member out, as if its session had ended: it gets UNKNOWN_MEMBER_ID, and the others rebalance.</summary>
    public async Task RemoveMemberAsync(string memberId)
    {
        var left = await _broker.Running.Local.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(
            new() { GroupId = Id, Members = [new() { MemberId = memberId }] }, CancellationToken.None).ConfigureAwait(false);
        EmbeddedBroker.Check(left.ErrorCode, $"taking {memberId} out of group {Id}");
        EmbeddedBroker.Check(left.Members[0].ErrorCode, $"taking {memberId} out of group {Id}");
    }

    /// <summary>
    /// Moves the group's coordinator: it starts again from its journal, and a client that was here before gets NOT_COORDINATOR until it
    /// asks for the coordinator again. Clients are told apart by their client ids.
    /// </summary>
    public void MoveCoordinator() => _broker.MoveCoordinator(Id, _broker.Running.Node.Regions.Groups, GroupRegion.To(Id, HandOffStop.Instance));

    private GroupSnapshotView Now => Task.Run(DescribeAsync).GetAwaiter().GetResult();

    private async Task WaitForAsync(Func<GroupSnapshotView, bool> wanted, string failure, TimeSpan? timeout, CancellationToken cancellation)
    {
        GroupSnapshotView? seen = null;
        await Until.TrueAsync(
            async () => wanted(seen = await DescribeAsync().ConfigureAwait(false)),
            _broker.Requests.Changed,
            timeout,
            () => $"group {Id} {failure}: it is {seen}; {_broker.Requests.Describe()}",
            cancellation).ConfigureAwait(false);
    }

    private static GroupMemberView Of(GroupMember member)
    {
        ConsumerAssignment.TryReadPartitions(member.Assignment.Span, out var partitions);
        return new(member.MemberId, member.ClientId, [.. partitions.Select(key => new TopicPartitionOf(key.Topic, key.Partition))]);
    }
}

/// <summary>A partition of a topic.</summary>
public readonly record struct TopicPartitionOf(string Topic, int Partition)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>A member of a group.</summary>
/// <param name="Assignment">Its partitions, when the group's protocol is that of consumers.</param>
public sealed record GroupMemberView(string MemberId, string ClientId, IReadOnlyList<TopicPartitionOf> Assignment);

/// <summary>A group at one moment.</summary>
public sealed record GroupSnapshotView(
    string State,
    int Generation,
    IReadOnlyList<GroupMemberView> Members,
    IReadOnlyDictionary<TopicPartitionOf, long> CommittedOffsets,
    IReadOnlyDictionary<TopicPartitionOf, long> Lag)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{State} in generation {Generation} with {Members.Count} members ({string.Join(", ", Members.Select(member => member.ClientId))}) and "
        + (CommittedOffsets.Count == 0 ? "no committed offsets" : $"committed {string.Join(", ", CommittedOffsets.Select(one => $"{one.Key}: {one.Value}"))}");
}
