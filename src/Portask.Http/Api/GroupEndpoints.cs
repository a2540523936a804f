using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Portask.Broker;
using Portask.Http.Peers;
using Portask.Http.Reading;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Http.Api;

/// <summary>Groups: state, members, offsets and lag, and what may be done to them.</summary>
internal static class GroupEndpoints
{
    public static void MapGroups(this IEndpointRouteBuilder api)
    {
        var groups = api.MapGroup("/groups").WithTags("groups");
        groups.MapGet("", async (Groups groups, string? search, string? state, string? sort, string? order, int? offset, int? limit, CancellationToken cancellation) =>
            List(await groups.ReadAsync(cancellation), search, state, sort, order, Paging.Of(offset, limit))).WithSummary("Groups, searched and sorted");
        groups.MapGet("/{id}", async (Node node, Groups groups, string id, CancellationToken cancellation) =>
            Describe(node.Broker!, await FindAsync(node.Broker!, groups, Ids.Of(id), cancellation))).WithSummary("A group with members, offsets and lag");
        groups.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a group without members");
        groups.MapDelete("/{id}/offsets", DeleteOffsetsAsync).WithSummary("Delete offsets of a topic that the group does not read");
        groups.MapPost("/{id}/offsets/preview", async (Node node, Groups groups, PeerRouter peers, string id, OffsetReset reset, CancellationToken cancellation) =>
                await OffsetResets.PlanAsync(node.Broker!, peers, await FindAsync(node.Broker!, groups, Ids.Of(id), cancellation), reset, cancellation))
            .WithSummary("What a reset of offsets would change").WithMetadata(new ChangesNothing());
        groups.MapPost("/{id}/offsets/reset", async (Node node, Groups groups, PeerRouter peers, string id, OffsetReset reset, CancellationToken cancellation) =>
            await OffsetResets.ApplyAsync(node.Broker!, peers, await FindAsync(node.Broker!, groups, Ids.Of(id), cancellation), reset, cancellation))
            .WithSummary("Reset offsets of a group without members");
    }

    /// <summary>Records that a group has not read; null when an end is not known.</summary>
    public static long? Sum(IEnumerable<PartitionLag> lags) => lags.Aggregate((long?)0, (sum, lag) => sum + lag.Lag);

    /// <summary>The group of an id.</summary>
    /// <exception cref="ApiException">There is none, or it does not answer.</exception>
    public static async Task<GroupSeen> FindAsync(RunningBroker broker, Groups groups, string id, CancellationToken cancellation)
    {
        var (group, error) = await groups.ReadAsync(broker.Node, id, cancellation);
        ApiException.ThrowIf(error, null);
        return group!.State.Phase != GroupPhase.Dead ? group : throw ApiException.Of(ErrorCode.GroupIdNotFound, $"There is no group '{id}'.");
    }

    /// <summary>Refuses what is no name of a state, rather than find nothing in it.</summary>
    /// <exception cref="ApiException">There is no such state.</exception>
    public static void CheckState<TPhase>(string? state)
        where TPhase : struct, Enum
    {
        if (state is not null && !Enum.GetNames<TPhase>().Contains(state, StringComparer.OrdinalIgnoreCase))
            throw ApiException.Invalid($"state = {state}: it takes {string.Join(", ", Enum.GetNames<TPhase>())}");
    }

    private static Task<int> CoordinatorAsync(PeerRouter peers, string id, CancellationToken cancellation) =>
        peers.CoordinatorOfAsync(Ids.Of(id), PeerRouter.OfGroup, cancellation);

    private static GroupPage List(GroupsSeen seen, string? search, string? state, string? sort, string? order, Paging paging)
    {
        var isDescending = Paging.IsDescending(order);
        CheckState<GroupPhase>(state);
        var found = seen.Groups
            .Where(group => search is null || group.Id.Contains(search, StringComparison.OrdinalIgnoreCase))
            .Where(group => state is null || group.State.Phase.ToString().Equals(state, StringComparison.OrdinalIgnoreCase))
            .Select(Summary)
            .OrderBy(group => group.Id, StringComparer.Ordinal);
        IEnumerable<GroupSummary> sorted = sort switch
        {
            null or "id" => found,
            "state" => found.OrderBy(group => group.State, StringComparer.Ordinal),
            "members" => found.OrderBy(group => group.Members),
            "lag" => found.OrderBy(group => group.Lag ?? -1),
            _ => throw ApiException.Invalid($"sort = {sort}: it takes id, state, members or lag"),
        };
        var all = (isDescending ? sorted.Reverse() : sorted).ToList();
        return new(all.Count, paging.Offset, paging.Limit, seen.Unread, paging.Take(all));
    }

    private static GroupSummary Summary(GroupSeen group) => new(
        group.Id, group.State.Phase.ToString(), group.State.ProtocolType, group.State.Protocol, group.State.Generation, group.State.Members.Count,
        [.. group.Lags.Select(lag => lag.Topic).Distinct()], Sum(group.Lags));

    private static GroupDetail Describe(RunningBroker broker, GroupSeen group)
    {
        var state = group.State;
        var members = state.Members.Values.OrderBy(member => member.Ordinal).Select(member => MemberAssignments.Describe(member, state)).ToList();
        var readers = (from member in members
                       from topic in member.Assignment ?? []
                       from partition in topic.Partitions
                       select (Key: new OffsetKey(topic.Topic, partition), member.MemberId)).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.MemberId);
        var pending = state.PendingOffsets.Values.SelectMany(offsets => offsets.Keys).ToHashSet();
        var lags = group.Lags.ToDictionary(lag => new OffsetKey(lag.Topic, lag.Partition));
        var offsets = lags.Keys.Union(readers.Keys).Union(pending)
            .OrderBy(key => key.Topic, StringComparer.Ordinal).ThenBy(key => key.Partition)
            .Select(key =>
            {
                var lag = lags.GetValueOrDefault(key);
                var end = lag?.End ?? (broker.Node.Metadata.Find(key.Topic) is { } topic ? broker.Node.Partitions.Find(topic.Id, key.Partition)?.HighWatermark : null);
                return new GroupOffset(
                    key.Topic, key.Partition, lag?.Committed, end, lag?.Lag, lag?.Offset.LeaderEpoch, lag?.Offset.Metadata, lag?.Offset.CommitMs is { } ms and >= 0 ? ms : null,
                    pending.Contains(key), readers.GetValueOrDefault(key));
            });
        return new(group.Id, state.Phase.ToString(), state.ProtocolType, state.Protocol, state.Generation, state.Leader, Sum(group.Lags), members, [.. offsets]);
    }

    private static async Task<NoContent> DeleteAsync(PeerRouter peers, string id, CancellationToken cancellation)
    {
        var request = new DeleteGroupsRequest { GroupsNames = [Ids.Of(id)] };
        var coordinator = await CoordinatorAsync(peers, id, cancellation);
        var deleted = (await peers.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(coordinator, request, cancellation)).Results[0];
        ApiException.ThrowIf(deleted.ErrorCode, null);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> DeleteOffsetsAsync(Node node, PeerRouter peers, string id, string topic, int? partition, CancellationToken cancellation)
    {
        var count = TopicEndpoints.Find(node.Broker!, topic).PartitionCount;
        var partitions = partition is { } one ? [one] : Enumerable.Range(0, count);
        var request = new OffsetDeleteRequest
        {
            GroupId = Ids.Of(id),
            Topics = [new() { Name = topic, Partitions = [.. partitions.Select(index => new OffsetDeleteRequestPartition { PartitionIndex = index })] }],
        };
        var coordinator = await CoordinatorAsync(peers, id, cancellation);
        var deleted = await peers.AskAsync<OffsetDeleteRequest, OffsetDeleteResponse>(coordinator, request, cancellation);
        ApiException.ThrowIf(deleted.ErrorCode, null);
        foreach (var answered in deleted.Topics.SelectMany(answer => answer.Partitions))
            ApiException.ThrowIf(answered.ErrorCode, $"Partition {answered.PartitionIndex}: {ErrorNames.Of(answered.ErrorCode)}");
        return TypedResults.NoContent();
    }
}
