using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>DescribeTopicPartitions (key 75, v0): partitions of topics, in pages (KIP-966). Topics are in the order of their names.</summary>
public sealed class DescribeTopicPartitionsHandler(IMetadataView view, PartitionLeaders leaders)
    : Handler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    private const int MostPartitions = 2000;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override DescribeTopicPartitionsResponse Refuse(DescribeTopicPartitionsRequest request, ErrorCode code, RequestContext context) =>
        new() { Topics = [.. request.Topics.Select(topic => Failed(topic.Name, code))] };

    /// <inheritdoc/>
    public override async ValueTask<DescribeTopicPartitionsResponse?> HandleAsync(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        var room = Math.Clamp(request.ResponsePartitionLimit, 1, MostPartitions);
        var response = new DescribeTopicPartitionsResponse();
        foreach (var name in Names(request))
        {
            var first = request.Cursor is { } cursor && cursor.TopicName == name ? Math.Max(0, cursor.PartitionIndex) : 0;
            if (room == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first };
                break;
            }
            if (view.Find(name) is not { } topic)
            {
                response.Topics.Add(Failed(name, ErrorCode.UnknownTopicOrPartition));
                continue;
            }
            var count = Math.Clamp(topic.PartitionCount - first, 0, room);
            response.Topics.Add(await DescribeAsync(topic, first, count, context).ConfigureAwait(false));
            room -= count;
            if (first + count >= topic.PartitionCount)
                continue;
            response.NextCursor = new() { TopicName = name, PartitionIndex = first + count };
            break;
        }
        return response;
    }

    private IEnumerable<string> Names(DescribeTopicPartitionsRequest request)
    {
        var names = request.Topics.Count > 0 ? request.Topics.Select(topic => topic.Name) : view.Topics.Select(topic => topic.Name);
        var from = request.Cursor?.TopicName ?? "";
        return names.Distinct().Where(name => string.CompareOrdinal(name, from) >= 0).Order(StringComparer.Ordinal);
    }

    private async ValueTask<DescribeTopicPartitionsResponseTopic> DescribeAsync(TopicMetadata topic, int first, int count, RequestContext context)
    {
        var found = await leaders.OfAsync(topic, first, count, context.Closing).ConfigureAwait(false);
        return new DescribeTopicPartitionsResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            Partitions = [.. found.Select((leader, i) => new DescribeTopicPartitionsResponsePartition
            {
                PartitionIndex = first + i,
                ErrorCode = leader.Error,
                LeaderId = leader.BrokerId,
                LeaderEpoch = leader.Epoch,
                ReplicaNodes = [.. leader.Replicas],
                IsrNodes = [.. leader.InSync],
                OfflineReplicas = [.. leader.Offline],
            })],
            TopicAuthorizedOperations = AuthorizedOperations.Topic,
        };
    }

    private static DescribeTopicPartitionsResponseTopic Failed(string name, ErrorCode code) => new() { Name = name, ErrorCode = code };
}
