using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>Shows groups with their members.</summary>
public sealed class DescribeGroupsHandler(ShardRegions regions) : Handler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    private const short FirstWithNotFound = 6;

    // READ, DELETE and DESCRIBE as bits of their operation codes 3, 6 and 8: what can be done to a group where nothing is denied.
    private const int EveryOperation = (1 << 3) | (1 << 6) | (1 << 8);

    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 6);

    public override DescribeGroupsResponse Refuse(DescribeGroupsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Groups = [.. request.Groups.Select(g => new DescribeGroupsResponseDescribedGroup { GroupId = g, ErrorCode = code })],
    };

    public override async ValueTask<DescribeGroupsResponse?> HandleAsync(DescribeGroupsRequest request, RequestContext context)
    {
        var groups = await GroupClient
            .ForEachAsync(request.Groups, async groupId =>
            {
                var answer = await _groups.DescribeAsync(groupId, context.Closing).ConfigureAwait(false);
                return answer.Reply is null
                    ? new DescribeGroupsResponseDescribedGroup { GroupId = groupId, ErrorCode = answer.Error }
                    : Describe(answer.Reply, request, context);
            })
            .ConfigureAwait(false);
        return new DescribeGroupsResponse { Groups = groups };
    }

    private static DescribeGroupsResponseDescribedGroup Describe(GroupDescription group, DescribeGroupsRequest request, RequestContext context)
    {
        var state = group.State;
        var missing = state.Phase == GroupPhase.Dead && context.Version >= FirstWithNotFound;
        return new DescribeGroupsResponseDescribedGroup
        {
            GroupId = group.GroupId,
            ErrorCode = missing ? ErrorCode.GroupIdNotFound : ErrorCode.None,
            ErrorMessage = missing ? $"Group {group.GroupId} not found." : null,
            GroupState = state.Phase.ToString(),
            ProtocolType = state.ProtocolType ?? "",
            ProtocolData = state.Phase == GroupPhase.Stable ? state.Protocol ?? "" : "",
            Members = [.. state.Members.Values.OrderBy(m => m.Ordinal).Select(m => Describe(m, state))],
            AuthorizedOperations = request.IncludeAuthorizedOperations ? EveryOperation : int.MinValue,
        };
    }

    private static DescribeGroupsResponseDescribedGroupMember Describe(GroupMember member, GroupState state)
    {
        var settled = state.Phase == GroupPhase.Stable;
        return new DescribeGroupsResponseDescribedGroupMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            MemberMetadata = settled ? member.MetadataFor(state.Protocol) : ReadOnlyMemory<byte>.Empty,
            MemberAssignment = settled ? member.Assignment : ReadOnlyMemory<byte>.Empty,
        };
    }
}
