using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>
/// Tells where a group's readers are. RequireStable (v7): UNSTABLE_OFFSET_COMMIT for a partition whose offset an open
/// transaction may still change (KIP-447), upon which the client asks again. COORDINATOR_LOAD_IN_PROGRESS, which every client tries again after,
/// while this node cannot tell whether a topic that it does not know was deleted or is new.
/// </summary>
public sealed class OffsetFetchHandler(ShardRegions regions, IMetadataView topics) : Handler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short FirstWithGroups = 8;
    private const short FirstWithTopicIds = 10;
    private readonly GroupClient _groups = new(regions);

    /// <summary>A topic of a group as asked for, or as found when all are asked for.</summary>
    private sealed record Wanted(string Name, Guid TopicId, List<int> Partitions, ErrorCode Error);

    /// <summary>What there is of a partition: an offset, or the reason why none can be told.</summary>
    private readonly record struct Found(CommittedOffset? Offset, ErrorCode Error);

    public override ApiVersions Versions => new(0, 10);

    public override OffsetFetchResponse Refuse(OffsetFetchRequest request, ErrorCode code, RequestContext context)
    {
        if (context.Version >= FirstWithGroups)
            return new OffsetFetchResponse
            {
                Groups = [.. request.Groups.Select(g => new OffsetFetchResponseGroup { GroupId = g.GroupId, ErrorCode = code })],
            };
        var all = (request.Topics ?? []).Select(t => new Wanted(t.Name, Guid.Empty, t.PartitionIndexes, code));
        return new OffsetFetchResponse { Topics = [.. all.Select(w => ToTopic(w, []))], ErrorCode = code };
    }

    public override async ValueTask<OffsetFetchResponse?> HandleAsync(OffsetFetchRequest request, RequestContext context)
    {
        if (context.Version >= FirstWithGroups)
        {
            var groups = await GroupClient
                .ForEachAsync(request.Groups, group => FetchGroupAsync(group, request.RequireStable, context))
                .ConfigureAwait(false);
            return new OffsetFetchResponse { Groups = groups };
        }
        var wanted = request.Topics?.Select(t => new Wanted(t.Name, Guid.Empty, t.PartitionIndexes, ErrorCode.None)).ToList();
        var answer = await FetchAsync(request.GroupId, wanted, context).ConfigureAwait(false);
        if (answer.Reply is null)
            return Refuse(request, answer.Error, context);
        if (await CurrentAsync(answer.Reply, request.RequireStable).ConfigureAwait(false) is not { } found)
            return Refuse(request, ErrorCode.CoordinatorLoadInProgress, context);
        return new OffsetFetchResponse { Topics = [.. (wanted ?? All(found)).Select(w => ToTopic(w, found))] };
    }

    private async Task<OffsetFetchResponseGroup> FetchGroupAsync(OffsetFetchRequestGroup group, bool requireStable, RequestContext context)
    {
        OffsetFetchResponseGroup Failed(ErrorCode error) => new() { GroupId = group.GroupId, ErrorCode = error };
        if (context.Version >= FirstWithTopicIds
            && !await topics.CatchUpAsync((group.Topics ?? []).Select(t => t.TopicId).Where(id => topics.Find(id) is null)).ConfigureAwait(false))
            return Failed(ErrorCode.CoordinatorLoadInProgress);
        var wanted = group.Topics?.Select(t => ToWanted(t, context)).ToList();
        var answer = await FetchAsync(group.GroupId, wanted, context).ConfigureAwait(false);
        if (answer.Reply is null)
            return Failed(answer.Error);
        if (await CurrentAsync(answer.Reply, requireStable).ConfigureAwait(false) is not { } found)
            return Failed(ErrorCode.CoordinatorLoadInProgress);
        var all = wanted ?? All(found);
        if (context.Version >= FirstWithTopicIds && wanted is null)
            // What has no id any more cannot be named in this version.
            all.RemoveAll(w => w.TopicId == Guid.Empty);
        return new OffsetFetchResponseGroup { GroupId = group.GroupId, Topics = [.. all.Select(w => ToGroupTopic(w, found))] };
    }

    private Wanted ToWanted(OffsetFetchRequestTopics topic, RequestContext context)
    {
        if (context.Version < FirstWithTopicIds)
            return new Wanted(topic.Name, Guid.Empty, topic.PartitionIndexes, ErrorCode.None);
        var known = topics.Find(topic.TopicId);
        return new Wanted(known?.Name ?? "", topic.TopicId, topic.PartitionIndexes, known is null ? ErrorCode.UnknownTopicId : ErrorCode.None);
    }

    private Task<GroupAnswer<FetchedOffsets>> FetchAsync(string groupId, List<Wanted>? wanted, RequestContext context) =>
        _groups.FetchAsync(
            groupId,
            wanted?.Where(w => w.Error == ErrorCode.None).SelectMany(w => w.Partitions.Select(p => new OffsetKey(w.Name, p))).ToList(),
            context.Closing);

    /// <summary>
    /// Leaves out offsets of a topic that is deleted, also where there is a new one of that name: they mean nothing there. Null when it cannot
    /// be known now whether one is.
    /// </summary>
    private async ValueTask<Dictionary<OffsetKey, Found>?> CurrentAsync(FetchedOffsets fetched, bool requireStable)
    {
        var doubtful = fetched.Offsets.Where(one => !CommittedOffsets.IsCurrent(one.Key, one.Value, topics)).Select(one => one.Value.TopicId);
        if (!await topics.CatchUpAsync(doubtful).ConfigureAwait(false))
            return null;
        var current = new Dictionary<OffsetKey, Found>();
        foreach (var (key, offset) in fetched.Offsets)
        {
            if (CommittedOffsets.IsCurrent(key, offset, topics))
                current[key] = new(offset, ErrorCode.None);
        }
        foreach (var key in requireStable ? fetched.Unstable : new HashSet<OffsetKey>())
            current[key] = new(null, ErrorCode.UnstableOffsetCommit);
        return current;
    }

    private List<Wanted> All(Dictionary<OffsetKey, Found> found) =>
        [.. found.Keys.GroupBy(k => k.Topic).Select(t =>
            new Wanted(t.Key, topics.Find(t.Key)?.Id ?? Guid.Empty, [.. t.Select(k => k.Partition).Order()], ErrorCode.None))];

    private static OffsetFetchResponseTopic ToTopic(Wanted wanted, Dictionary<OffsetKey, Found> found)
    {
        var topic = new OffsetFetchResponseTopic { Name = wanted.Name };
        foreach (var partition in wanted.Partitions)
        {
            var (offset, error) = found.GetValueOrDefault(new OffsetKey(wanted.Name, partition));
            topic.Partitions.Add(new OffsetFetchResponsePartition
            {
                PartitionIndex = partition,
                CommittedOffset = offset?.Offset ?? -1,
                CommittedLeaderEpoch = offset?.LeaderEpoch ?? -1,
                Metadata = offset?.Metadata ?? "",
                ErrorCode = wanted.Error == ErrorCode.None ? error : wanted.Error,
            });
        }
        return topic;
    }

    private static OffsetFetchResponseTopics ToGroupTopic(Wanted wanted, Dictionary<OffsetKey, Found> found)
    {
        var topic = new OffsetFetchResponseTopics { Name = wanted.Name, TopicId = wanted.TopicId };
        foreach (var partition in wanted.Partitions)
        {
            var (offset, error) = wanted.Error == ErrorCode.None ? found.GetValueOrDefault(new OffsetKey(wanted.Name, partition)) : default;
            topic.Partitions.Add(new OffsetFetchResponsePartitions
            {
                PartitionIndex = partition,
                CommittedOffset = offset?.Offset ?? -1,
                CommittedLeaderEpoch = offset?.LeaderEpoch ?? -1,
                Metadata = offset?.Metadata ?? "",
                ErrorCode = wanted.Error == ErrorCode.None ? error : wanted.Error,
            });
        }
        return topic;
    }
}
