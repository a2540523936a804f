using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Http.Reading;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Http.Api;

/// <summary>
/// Resets offsets of groups as Kafka's own tool does: only while a group has no members, whose own commits would undo it, and
/// held to where a partition starts and ends. A preview gives the offsets that a reset then may be asked to set as they are.
/// </summary>
internal static class OffsetResets
{
    // As many partitions as the broker makes of one topic.
    private const int MostPartitions = 10_000;

    /// <summary>What a reset would change.</summary>
    public static async Task<ResetPlan> PlanAsync(RunningBroker broker, PeerRouter peers, GroupSeen group, OffsetReset reset, CancellationToken cancellation)
    {
        var wanted = Wanted(broker, group, reset);
        if (wanted.Count > MostPartitions)
            throw ApiException.Invalid($"{wanted.Count} partitions are too many for one reset, {MostPartitions} are the most");
        var current = group.Lags.ToDictionary(lag => new OffsetKey(lag.Topic, lag.Partition), lag => lag.Committed);
        var changes = new List<OffsetChange>(wanted.Count);
        foreach (var (key, target) in wanted)
            changes.Add(await PlanAsync(broker, peers, key, current.TryGetValue(key, out var now) ? now : null, target, cancellation));
        return new(group.Id, group.State.Phase.ToString(), group.State.Members.IsEmpty, changes);
    }

    /// <summary>Carries a reset out.</summary>
    public static async Task<ResetPlan> ApplyAsync(RunningBroker broker, PeerRouter peers, GroupSeen group, OffsetReset reset, CancellationToken cancellation)
    {
        var plan = await PlanAsync(broker, peers, group, reset, cancellation);
        if (!plan.CanApply)
            throw ApiException.Of(ErrorCode.NonEmptyGroup, $"Group '{group.Id}' is {plan.State} with {group.State.Members.Count} members; offsets are reset while it has none.");
        if (plan.Changes.FirstOrDefault(change => change.Error is not null) is { } failed)
            throw ApiException.Invalid($"{failed.Topic}/{failed.Partition}: {failed.Error}; nothing was reset");
        var request = new OffsetCommitRequest
        {
            GroupId = group.Id,
            Topics = [.. plan.Changes.GroupBy(change => change.Topic).Select(topic => new OffsetCommitRequestTopic
            {
                Name = topic.Key,
                TopicId = TopicEndpoints.Find(broker, topic.Key).Id,
                Partitions = [.. topic.Select(change => new OffsetCommitRequestPartition { PartitionIndex = change.Partition, CommittedOffset = change.Target!.Value })],
            })],
        };
        var coordinator = await peers.CoordinatorOfAsync(group.Id, PeerRouter.OfGroup, cancellation);
        var answer = await peers.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(coordinator, request, cancellation);
        var errors = answer.Topics.SelectMany(topic => topic.Partitions).Select(partition => partition.ErrorCode).ToList();
        // A member that joined meanwhile makes the coordinator refuse them all.
        if (errors.Count > 0 && errors.TrueForAll(error => error != ErrorCode.None))
            throw ApiException.Of(errors[0]);
        return plan with { Changes = [.. plan.Changes.Zip(errors, (change, error) => error == ErrorCode.None ? change : change with { Error = ErrorNames.Of(error) })] };
    }

    /// <summary>The partitions, in order, and how the target of each is found.</summary>
    private static List<(OffsetKey Key, Target Target)> Wanted(RunningBroker broker, GroupSeen group, OffsetReset reset)
    {
        if (reset.Offsets is { } offsets)
        {
            if (reset.To is not null || reset.Scope is not null)
                throw ApiException.Invalid("offsets stand alone, without to and scope");
            if (offsets.GroupBy(one => (one.Topic, one.Partition)).Any(same => same.Count() > 1))
                throw ApiException.Invalid("a partition stands twice in offsets");
            return InOrder(offsets.Select(one => (new OffsetKey(one.Topic, one.Partition), new Target("offset", one.Offset))));
        }
        var target = new Target(reset.To ?? "", reset.Value ?? 0);
        if (target.To is not ("earliest" or "latest" or "timestamp" or "offset" or "shift"))
            throw ApiException.Invalid($"to = {reset.To}: it takes earliest, latest, timestamp, offset or shift");
        if (target.To is "timestamp" or "offset" or "shift" != reset.Value is not null || (target.To != "shift" && reset.Value < 0))
            throw ApiException.Invalid($"value = {reset.Value}: timestamp and offset take 0 and more, shift any number, earliest and latest none");
        var keys = reset.Scope is null
            ? group.Lags.Select(lag => new OffsetKey(lag.Topic, lag.Partition))
            : reset.Scope.SelectMany(scope =>
                (scope.Partitions ?? [.. Enumerable.Range(0, TopicEndpoints.Find(broker, scope.Topic).PartitionCount)]).Select(partition => new OffsetKey(scope.Topic, partition)));
        return InOrder(keys.Distinct().Select(key => (key, target)));
    }

    private static List<(OffsetKey Key, Target Target)> InOrder(IEnumerable<(OffsetKey Key, Target Target)> wanted) =>
        [.. wanted.OrderBy(one => one.Key.Topic, StringComparer.Ordinal).ThenBy(one => one.Key.Partition)];

    private static async Task<OffsetChange> PlanAsync(
        RunningBroker broker, PeerRouter peers, OffsetKey key, long? current, Target target, CancellationToken cancellation)
    {
        OffsetChange Failed(ErrorCode error) => new(key.Topic, key.Partition, current, null, null, null, null, null, ErrorNames.Of(error));
        if (broker.Node.Metadata.Find(key.Topic) is not { } topic || key.Partition < 0 || key.Partition >= topic.PartitionCount)
            return Failed(ErrorCode.UnknownTopicOrPartition);
        var (start, end, error) = await BoundsAsync(peers, topic, key.Partition, cancellation);
        if (error != ErrorCode.None)
            return Failed(error);
        long offset;
        switch (target.To)
        {
            case "earliest":
                offset = start;
                break;
            case "latest":
                offset = end;
                break;
            case "timestamp":
                var (found, failed) = await ListAsync(peers, topic, key.Partition, target.Value, cancellation);
                if (failed != ErrorCode.None)
                    return Failed(failed);
                // No record is that new: reading goes on at the end.
                offset = found < 0 ? end : found;
                break;
            case "shift" when current is null:
                return Failed(ErrorCode.OffsetNotAvailable);
            case "shift":
                // Far beyond either end is the end, not a number that wraps around.
                offset = (long)Int128.Clamp((Int128)current.Value + target.Value, start, end);
                break;
            default:
                offset = target.Value;
                break;
        }
        offset = Math.Clamp(offset, start, end);
        return new(key.Topic, key.Partition, current, offset, start, end, current is { } before ? Math.Max(0, end - before) : null, end - offset, null);
    }

    private static async Task<(long Start, long End, ErrorCode Error)> BoundsAsync(
        PeerRouter peers, TopicMetadata topic, int partition, CancellationToken cancellation)
    {
        var (start, failed) = await ListAsync(peers, topic, partition, OffsetLookup.Earliest, cancellation);
        if (failed != ErrorCode.None)
            return (-1, -1, failed);
        var (end, error) = await ListAsync(peers, topic, partition, OffsetLookup.Latest, cancellation);
        return (start, end, error);
    }

    private static async Task<(long Offset, ErrorCode Error)> ListAsync(
        PeerRouter peers, TopicMetadata topic, int partition, long timestamp, CancellationToken cancellation) =>
        (await peers.ListOffsetsAsync(topic, [partition], timestamp, readCommitted: false, cancellation))[partition];

    private readonly record struct Target(string To, long Value);
}
