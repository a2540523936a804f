using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>Deletes groups that have no members, with their offsets.</summary>
public sealed class DeleteGroupsHandler(ShardRegions regions) : Handler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 2);

    public override DeleteGroupsResponse Refuse(DeleteGroupsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Results = [.. request.GroupsNames.Select(g => new DeleteGroupsResponseDeletableGroupResult { GroupId = g, ErrorCode = code })],
    };

    public override async ValueTask<DeleteGroupsResponse?> HandleAsync(DeleteGroupsRequest request, RequestContext context)
    {
        var results = await GroupClient
            .ForEachAsync(request.GroupsNames.Distinct(), async groupId =>
            {
                var answer = await _groups
                    .RunAsync<PlainReply>(groupId, new DeleteGroup(0), GroupClient.Patience, context.Closing)
                    .ConfigureAwait(false);
                return new DeleteGroupsResponseDeletableGroupResult { GroupId = groupId, ErrorCode = answer.Reply?.Error ?? answer.Error };
            })
            .ConfigureAwait(false);
        return new DeleteGroupsResponse { Results = results };
    }
}
