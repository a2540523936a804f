using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>Lists all groups: the directory knows which, each group knows its state.</summary>
public sealed class ListGroupsHandler(ShardRegions regions) : Handler<ListGroupsRequest, ListGroupsResponse>
{
    private const string Classic = "classic";
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 5);

    public override ListGroupsResponse Refuse(ListGroupsRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    public override async ValueTask<ListGroupsResponse?> HandleAsync(ListGroupsRequest request, RequestContext context)
    {
        if (!Passes(request.TypesFilter, Classic))
            return new ListGroupsResponse();
        var known = await _groups.ListAsync(context.Closing).ConfigureAwait(false);
        if (known.Reply is null)
            return Refuse(request, known.Error, context);
        var answers = await GroupClient
            .ForEachAsync(known.Reply.GroupIds, groupId => _groups.DescribeAsync(groupId, context.Closing))
            .ConfigureAwait(false);
        var response = new ListGroupsResponse();
        foreach (var answer in answers)
        {
            // One that has just moved is listed by the node that it moved to.
            if (answer.Error == ErrorCode.NotCoordinator)
                continue;
            if (answer.Reply is null)
                return Refuse(request, answer.Error, context);
            var state = answer.Reply.State;
            if (state.Phase != GroupPhase.Dead && Passes(request.StatesFilter, state.Phase.ToString()))
                response.Groups.Add(new ListGroupsResponseListedGroup
                {
                    GroupId = answer.Reply.GroupId,
                    ProtocolType = state.ProtocolType ?? "",
                    GroupState = state.Phase.ToString(),
                    GroupType = Classic,
                });
        }
        return response;
    }

    private static bool Passes(List<string> filter, string value) =>
        filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
