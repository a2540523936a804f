using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// ElectLeaders (key 43, v0-2; KIP-183, KIP-460). Replicas are named with the leader first, so the leader is the preferred one
/// wherever there is one; a partition without is started, which is all that an election can do. All partitions are meant by null,
/// and those that need no election are then left out.
/// </summary>
public sealed class ElectLeadersHandler(PartitionLeaders leaders, IMetadataView topics) : Handler<ElectLeadersRequest, ElectLeadersResponse>
{
    private const sbyte Preferred = 0;
    private const sbyte Unclean = 1;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override ElectLeadersResponse Refuse(ElectLeadersRequest request, ErrorCode code, RequestContext context) => new()
    {
        // Version 0 has errors of partitions only.
        ErrorCode = context.Version >= 1 ? code : ErrorCode.None,
        ReplicaElectionResults = [.. (request.TopicPartitions ?? []).Select(topic => Results(topic.Topic, topic.Partitions.Select(one => Result(one, code))))],
    };

    /// <inheritdoc/>
    public override async ValueTask<ElectLeadersResponse?> HandleAsync(ElectLeadersRequest request, RequestContext context)
    {
        if (request.ElectionType is not (Preferred or Unclean))
            return Refuse(request, ErrorCode.InvalidRequest, context);
        var response = new ElectLeadersResponse();
        if (request.TopicPartitions is { } asked)
        {
            foreach (var topic in asked)
                response.ReplicaElectionResults.Add(Results(topic.Topic, await ElectAsync(topic.Topic, topic.Partitions, request, context).ConfigureAwait(false)));
            return response;
        }
        foreach (var topic in topics.Topics)
        {
            var elected = await ElectAsync(topic.Name, [.. Enumerable.Range(0, topic.PartitionCount)], request, context).ConfigureAwait(false);
            if (elected.RemoveAll(result => result.ErrorCode == ErrorCode.ElectionNotNeeded) < topic.PartitionCount)
                response.ReplicaElectionResults.Add(Results(topic.Name, elected));
        }
        return response;
    }

    private async Task<List<ElectLeadersResponsePartitionResult>> ElectAsync(
        string name, List<int> partitions, ElectLeadersRequest request, RequestContext context)
    {
        var results = new List<ElectLeadersResponsePartitionResult>(partitions.Count);
        var topic = topics.Find(name);
        foreach (var partition in partitions)
        {
            if (topic is null || partition < 0 || partition >= topic.PartitionCount)
            {
                results.Add(Result(partition, ErrorCode.UnknownTopicOrPartition));
                continue;
            }
            var wasLed = leaders.IsLed(topic.Id, partition);
            var found = wasLed || (await leaders.OfAsync(topic, partition, 1, context.Closing).ConfigureAwait(false))[0].Error == ErrorCode.None;
            results.Add(Result(partition, wasLed ? ErrorCode.ElectionNotNeeded
                : found ? ErrorCode.None
                : request.ElectionType == Preferred ? ErrorCode.PreferredLeaderNotAvailable : ErrorCode.EligibleLeadersNotAvailable));
        }
        return results;
    }

    private static ElectLeadersResponseReplicaElectionResult Results(string topic, IEnumerable<ElectLeadersResponsePartitionResult> results) =>
        new() { Topic = topic, PartitionResult = [.. results] };

    private static ElectLeadersResponsePartitionResult Result(int partition, ErrorCode code) => new()
    {
        PartitionId = partition,
        ErrorCode = code,
        ErrorMessage = code == ErrorCode.ElectionNotNeeded ? "the partition has a leader, which is its preferred replica" : null,
    };
}
