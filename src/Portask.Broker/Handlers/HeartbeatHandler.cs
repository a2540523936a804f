using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>A member is alive, and learns whether it has to join again.</summary>
public sealed class HeartbeatHandler(ShardRegions regions) : Handler<HeartbeatRequest, HeartbeatResponse>
{
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 4);

    public override HeartbeatResponse Refuse(HeartbeatRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    public override async ValueTask<HeartbeatResponse?> HandleAsync(HeartbeatRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        var command = new Heartbeat(0, request.MemberId, request.GroupInstanceId, request.GenerationId);
        var answer = await _groups
            .RunAsync<PlainReply>(request.GroupId, command, GroupClient.Patience, context.Closing)
            .ConfigureAwait(false);
        return Refuse(request, answer.Reply?.Error ?? answer.Error, context);
    }
}
