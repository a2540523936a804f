using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>The leader brings the assignment, the others wait for theirs.</summary>
public sealed class SyncGroupHandler(ShardRegions regions, BrokerSettings settings) : Handler<SyncGroupRequest, SyncGroupResponse>
{
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 5);

    public override SyncGroupResponse Refuse(SyncGroupRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    public override async ValueTask<SyncGroupResponse?> HandleAsync(SyncGroupRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        // From version 5 on a member says which protocol it thinks was chosen.
        if (context.Version >= 5 && (request.ProtocolType is null || request.ProtocolName is null))
            return Refuse(request, ErrorCode.InconsistentGroupProtocol, context);
        var command = new SyncGroup(
            0, request.MemberId, request.GroupInstanceId, request.GenerationId, request.ProtocolType, request.ProtocolName,
            [.. request.Assignments.Select(a => new MemberAssignment(a.MemberId, a.Assignment))]);
        // The group answers at its own deadline, which this request does not tell; this only bounds a lost message.
        var patience = TimeSpan.FromMilliseconds(settings.GroupMaxSessionTimeoutMs) + GroupClient.Patience;
        var answer = await _groups
            .RunAsync<SyncReply>(request.GroupId, command, patience, context.Closing)
            .ConfigureAwait(false);
        if (answer.Reply is null)
            return Refuse(request, answer.Error, context);
        return new SyncGroupResponse
        {
            ErrorCode = answer.Reply.Error,
            ProtocolType = answer.Reply.ProtocolType,
            ProtocolName = answer.Reply.Protocol,
            Assignment = answer.Reply.Assignment,
        };
    }
}
