using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// AlterPartitionReassignments (key 45, v0-1; KIP-455). Every broker reads every journal, so there is nothing to copy and nobody to
/// assign: which brokers are named as replicas follows from the replication factor. What is so already succeeds; else it is refused.
/// </summary>
public sealed class AlterPartitionReassignmentsHandler(PartitionLeaders leaders, IMetadataView topics)
    : Handler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 1);

    /// <inheritdoc/>
    public override AlterPartitionReassignmentsResponse Refuse(AlterPartitionReassignmentsRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code, AllowReplicationFactorChange = request.AllowReplicationFactorChange };

    /// <inheritdoc/>
    public override async ValueTask<AlterPartitionReassignmentsResponse?> HandleAsync(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        var response = Refuse(request, ErrorCode.None, context);
        foreach (var asked in request.Topics)
        {
            var topic = topics.Find(asked.Name);
            var answer = new AlterPartitionReassignmentsResponseReassignableTopicResponse { Name = asked.Name };
            foreach (var partition in asked.Partitions)
            {
                var (code, message) = await JudgeAsync(topic, partition, context).ConfigureAwait(false);
                answer.Partitions.Add(new() { PartitionIndex = partition.PartitionIndex, ErrorCode = code, ErrorMessage = message });
            }
            response.Responses.Add(answer);
        }
        return response;
    }

    private async ValueTask<(ErrorCode Code, string? Message)> JudgeAsync(
        TopicMetadata? topic, AlterPartitionReassignmentsRequestReassignablePartition asked, RequestContext context)
    {
        if (topic is null || asked.PartitionIndex < 0 || asked.PartitionIndex >= topic.PartitionCount)
            return (ErrorCode.UnknownTopicOrPartition, null);
        if (asked.Replicas is null)
            return (ErrorCode.NoReassignmentInProgress, null);
        var current = (await leaders.OfAsync(topic, asked.PartitionIndex, 1, context.Closing).ConfigureAwait(false))[0].Replicas;
        return asked.Replicas.Order().SequenceEqual(current.Order())
            ? (ErrorCode.None, null)
            : (ErrorCode.InvalidReplicaAssignment,
                $"replicas are not assigned but follow from the replication factor; those of this partition are {string.Join(", ", current)}");
    }
}
