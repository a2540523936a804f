using System.Collections.Immutable;
using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Http.Api;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Http.Peers;

/// <summary>A group as its coordinator tells it.</summary>
/// <param name="Error">Why it cannot be told; its state means nothing then.</param>
internal sealed record GroupTold(string Id, ErrorCode Error, GroupState State);

/// <summary>Groups that other brokers coordinate, and ends of partitions that other brokers lead, as the Kafka protocol tells them.</summary>
internal static class PeerGroups
{
    private const int MostInRequest = 500;

    /// <summary>All groups that a broker coordinates, those too that cannot be told now; null when it does not answer.</summary>
    public static Task<List<GroupTold>?> TryGroupsOfAsync(this PeerRouter peers, int brokerId, IMetadataView topics, CancellationToken cancellation) =>
        peers.TryAskAsync(
            brokerId,
            async patience =>
            {
                var listed = await peers.AskAsync<ListGroupsRequest, ListGroupsResponse>(brokerId, new(), patience).ConfigureAwait(false);
                ApiException.ThrowIf(listed.ErrorCode, null);
                var groups = new List<GroupTold>();
                foreach (var some in listed.Groups.Select(group => group.GroupId).Chunk(MostInRequest))
                    groups.AddRange(await peers.DescribeGroupsAsync(brokerId, some, topics, patience).ConfigureAwait(false));
                return groups;
            },
            cancellation);

    /// <summary>
    /// Groups by their coordinator. What no request of Kafka tells is left out: the generation (-1), the leader, timeouts of
    /// members, when offsets were committed, what open transactions hold back.
    /// </summary>
    public static async Task<IReadOnlyList<GroupTold>> DescribeGroupsAsync(
        this PeerRouter peers, int brokerId, IReadOnlyList<string> groupIds, IMetadataView topics, CancellationToken cancellation)
    {
        var described = await peers
            .AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(brokerId, new() { Groups = [.. groupIds] }, cancellation)
            .ConfigureAwait(false);
        var request = new OffsetFetchRequest { Groups = [.. groupIds.Select(id => new OffsetFetchRequestGroup { GroupId = id, Topics = null })] };
        var fetched = await peers.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(brokerId, request, cancellation).ConfigureAwait(false);
        var offsets = fetched.Groups.ToDictionary(group => group.GroupId);
        return [.. described.Groups.Select(group => new GroupTold(group.GroupId, ErrorOf(group, offsets[group.GroupId]), new GroupState
        {
            Phase = Enum.TryParse<GroupPhase>(group.GroupState, out var phase) ? phase : GroupPhase.Dead,
            Generation = -1,
            ProtocolType = NullIfEmpty(group.ProtocolType),
            Protocol = NullIfEmpty(group.ProtocolData),
            Members = group.Members.Select((member, i) => new GroupMember(
                member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, 0, 0,
                [new MemberProtocol(group.ProtocolData, member.MemberMetadata)], member.MemberAssignment, i)).ToImmutableDictionary(member => member.MemberId),
            Offsets = OffsetsOf(offsets[group.GroupId], topics),
        }))];
    }

    /// <summary>Ends of partitions wherever they are led; those that nobody tells are missing.</summary>
    public static async Task<Dictionary<OffsetKey, long>> EndsAsync(
        this PeerRouter peers, BrokerNode broker, IEnumerable<OffsetKey> partitions, CancellationToken cancellation)
    {
        var ends = new Dictionary<OffsetKey, long>();
        var elsewhere = new List<(int Leader, OffsetKey Key)>();
        foreach (var key in partitions)
        {
            if (broker.Metadata.Find(key.Topic) is not { } topic)
                continue;
            if (broker.Partitions.Find(topic.Id, key.Partition) is { } reader)
                ends[key] = reader.HighWatermark;
            else if (broker.IsClustered && peers.TryLeaderOf(topic, key.Partition) is { } leader)
                elsewhere.Add((leader, key));
        }
        await Task.WhenAll(elsewhere.GroupBy(one => one.Leader, one => one.Key).Select(async led =>
        {
            var found = await peers.TryAskAsync(led.Key, patience => peers.EndsOfAsync(led.Key, [.. led], patience), cancellation).ConfigureAwait(false);
            lock (ends)
                foreach (var (key, end) in found ?? [])
                    ends[key] = end;
        })).ConfigureAwait(false);
        return ends;
    }

    private static async Task<List<(OffsetKey Key, long End)>> EndsOfAsync(
        this PeerRouter peers, int brokerId, List<OffsetKey> partitions, CancellationToken cancellation)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [.. partitions.GroupBy(key => key.Topic).Select(topic => new ListOffsetsRequestListOffsetsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(key => new ListOffsetsRequestListOffsetsPartition
                {
                    PartitionIndex = key.Partition,
                    Timestamp = OffsetLookup.Latest,
                })],
            })],
        };
        var answer = await peers.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(brokerId, request, cancellation).ConfigureAwait(false);
        return [.. answer.Topics.SelectMany(topic => topic.Partitions
            .Where(partition => partition.ErrorCode == ErrorCode.None)
            .Select(partition => (new OffsetKey(topic.Name, partition.PartitionIndex), partition.Offset)))];
    }

    // A group whose offsets cannot be told would look like one that has none, and no lag.
    internal static ErrorCode ErrorOf(DescribeGroupsResponseDescribedGroup described, OffsetFetchResponseGroup fetched) => described.ErrorCode switch
    {
        ErrorCode.None => fetched.ErrorCode,
        // One that is gone is Dead.
        ErrorCode.GroupIdNotFound => ErrorCode.None,
        var error => error,
    };

    private static ImmutableDictionary<OffsetKey, CommittedOffset> OffsetsOf(OffsetFetchResponseGroup group, IMetadataView topics) => (
        from topic in @group.Topics
        let name = topic.TopicId == Guid.Empty ? topic.Name : topics.Find(topic.TopicId)?.Name
        where name is not null
        from partition in topic.Partitions
        where partition is { ErrorCode: ErrorCode.None, CommittedOffset: >= 0 }
        select KeyValuePair.Create(
            new OffsetKey(name, partition.PartitionIndex),
            new CommittedOffset(topic.TopicId, partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata, -1, null))).ToImmutableDictionary();

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
