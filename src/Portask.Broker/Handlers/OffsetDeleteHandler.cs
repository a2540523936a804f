using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>Deletes offsets of topics that a group does not read any more.</summary>
public sealed class OffsetDeleteHandler(ShardRegions regions, IMetadataView topics) : Handler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 0);

    public override OffsetDeleteResponse Refuse(OffsetDeleteRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    public override async ValueTask<OffsetDeleteResponse?> HandleAsync(OffsetDeleteRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        var response = new OffsetDeleteResponse();
        var partitions = new List<OffsetKey>();
        var answers = new List<OffsetDeleteResponsePartition>();
        foreach (var topic in request.Topics)
        {
            var known = topics.Find(topic.Name);
            var one = new OffsetDeleteResponseTopic { Name = topic.Name };
            response.Topics.Add(one);
            foreach (var index in topic.Partitions.Select(p => p.PartitionIndex))
            {
                var exists = known is not null && index >= 0 && index < known.PartitionCount;
                var answered = new OffsetDeleteResponsePartition
                {
                    PartitionIndex = index,
                    ErrorCode = exists ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition,
                };
                one.Partitions.Add(answered);
                if (!exists)
                    continue;
                partitions.Add(new OffsetKey(topic.Name, index));
                answers.Add(answered);
            }
        }
        var answer = await _groups
            .RunAsync<PartitionsReply>(request.GroupId, new DeleteOffsets(0, partitions), GroupClient.Patience, context.Closing)
            .ConfigureAwait(false);
        if (answer.Reply is not { Error: ErrorCode.None } reply)
            return Refuse(request, answer.Reply?.Error ?? answer.Error, context);
        for (var i = 0; i < answers.Count; i++)
            answers[i].ErrorCode = reply.Partitions[i];
        return response;
    }
}
