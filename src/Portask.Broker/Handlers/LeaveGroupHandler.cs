using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>Members go, one of them up to version 2, several from 3 on.</summary>
public sealed class LeaveGroupHandler(ShardRegions regions) : Handler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const short FirstWithMembers = 3;
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 5);

    public override LeaveGroupResponse Refuse(LeaveGroupRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    public override async ValueTask<LeaveGroupResponse?> HandleAsync(LeaveGroupRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        List<LeavingMember> leaving = context.Version < FirstWithMembers
            ? [new LeavingMember(request.MemberId, null, null)]
            : [.. request.Members.Select(m => new LeavingMember(m.MemberId, m.GroupInstanceId, string.IsNullOrEmpty(m.Reason) ? null : m.Reason))];
        var answer = await _groups
            .RunAsync<LeaveReply>(request.GroupId, new LeaveGroup(0, leaving), GroupClient.Patience, context.Closing)
            .ConfigureAwait(false);
        if (answer.Reply is null)
            return Refuse(request, answer.Error, context);
        if (context.Version < FirstWithMembers)
            return Refuse(request, answer.Reply.Members[0], context);
        return new LeaveGroupResponse
        {
            Members = [.. leaving.Zip(answer.Reply.Members, (member, error) => new LeaveGroupResponseMemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ErrorCode = error,
            })],
        };
    }
}
