using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>
/// Keeps where a group's readers are: each offset is the next one to read. A topic that this node does not know may be one that the reader's
/// leader heard of first: librdkafka gives a commit up that is answered UNKNOWN_TOPIC_OR_PARTITION.
/// </summary>
public sealed class OffsetCommitHandler(ShardRegions regions, IMetadataView topics) : Handler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const short FirstWithTopicIds = 10;
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 10);

    public override OffsetCommitResponse Refuse(OffsetCommitRequest request, ErrorCode code, RequestContext context)
    {
        var response = new OffsetCommitResponse();
        foreach (var topic in request.Topics)
            response.Topics.Add(new OffsetCommitResponseTopic
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = [.. topic.Partitions.Select(p => new OffsetCommitResponsePartition { PartitionIndex = p.PartitionIndex, ErrorCode = code })],
            });
        return response;
    }

    public override async ValueTask<OffsetCommitResponse?> HandleAsync(OffsetCommitRequest request, RequestContext context)
    {
        var unknown = request.Topics.Where(topic => Find(topic, context) is null).Select(topic => topic.TopicId);
        if (!await topics.CatchUpAsync(unknown).ConfigureAwait(false))
            return Refuse(request, ErrorCode.CoordinatorLoadInProgress, context);
        var response = Refuse(request, ErrorCode.None, context);
        var offsets = new List<OffsetToCommit>();
        var answers = new List<OffsetCommitResponsePartition>();
        for (var i = 0; i < request.Topics.Count; i++)
            Collect(request.Topics[i], response.Topics[i], context, offsets, answers);
        if (offsets.Count == 0)
            return response;
        var command = new CommitOffsets(
            0, request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch,
            request.RetentionTimeMs < 0 ? null : request.RetentionTimeMs, offsets);
        var answer = await _groups
            .RunAsync<PartitionsReply>(request.GroupId, command, GroupClient.Patience, context.Closing)
            .ConfigureAwait(false);
        for (var i = 0; i < answers.Count; i++)
            answers[i].ErrorCode = answer.Reply?.Partitions[i] ?? answer.Error;
        return response;
    }

    private TopicMetadata? Find(OffsetCommitRequestTopic topic, RequestContext context) =>
        context.Version >= FirstWithTopicIds ? topics.Find(topic.TopicId) : topics.Find(topic.Name);

    private void Collect(
        OffsetCommitRequestTopic topic, OffsetCommitResponseTopic response, RequestContext context,
        List<OffsetToCommit> offsets, List<OffsetCommitResponsePartition> answers)
    {
        var known = Find(topic, context);
        var unknown = context.Version >= FirstWithTopicIds && known is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        for (var i = 0; i < topic.Partitions.Count; i++)
        {
            var partition = topic.Partitions[i];
            if (known is null || partition.PartitionIndex < 0 || partition.PartitionIndex >= known.PartitionCount)
            {
                response.Partitions[i].ErrorCode = unknown;
                continue;
            }
            offsets.Add(new OffsetToCommit(
                new OffsetKey(known.Name, partition.PartitionIndex), known.Id, partition.CommittedOffset, partition.CommittedLeaderEpoch,
                partition.CommittedMetadata, partition.CommitTimestamp < 0 ? null : partition.CommitTimestamp));
            answers.Add(response.Partitions[i]);
        }
    }
}
