using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;

namespace Portask.Broker.Handlers;

/// <summary>A member asks to be in the next generation and waits until it begins.</summary>
public sealed class JoinGroupHandler(ShardRegions regions, BrokerSettings settings) : Handler<JoinGroupRequest, JoinGroupResponse>
{
    private const int MaxNameInMemberId = 255;
    private readonly GroupClient _groups = new(regions);

    public override ApiVersions Versions => new(0, 9);

    public override JoinGroupResponse Refuse(JoinGroupRequest request, ErrorCode code, RequestContext context) =>
        ToResponse(JoinReply.Refused(code, request.MemberId), context);

    public override async ValueTask<JoinGroupResponse?> HandleAsync(JoinGroupRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        // Version 0 has one timeout for both.
        var rebalanceTimeoutMs = request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs;
        var command = new JoinGroup(
            0, request.MemberId, request.GroupInstanceId, NewMemberId(request, context), context.ClientId ?? "", GroupClient.HostOf(context),
            request.SessionTimeoutMs, rebalanceTimeoutMs, request.ProtocolType,
            [.. request.Protocols.Select(p => new MemberProtocol(p.Name, p.Metadata))],
            context.Version >= 4, context.Version >= 9, string.IsNullOrEmpty(request.Reason) ? null : request.Reason);
        var answer = await _groups
            .RunAsync<JoinReply>(request.GroupId, command, PatienceFor(rebalanceTimeoutMs), context.Closing)
            .ConfigureAwait(false);
        return answer.Reply is null ? Refuse(request, answer.Error, context) : ToResponse(answer.Reply, context);
    }

    /// <summary>A join is parked for the rebalance, and before it for the delay that a new group takes.</summary>
    private TimeSpan PatienceFor(int rebalanceTimeoutMs) =>
        TimeSpan.FromMilliseconds((long)Math.Max(0, rebalanceTimeoutMs) + settings.GroupInitialRebalanceDelayMs) + GroupClient.Patience;

    private static string NewMemberId(JoinGroupRequest request, RequestContext context)
    {
        var name = request.GroupInstanceId ?? context.ClientId ?? "";
        if (name.Length > MaxNameInMemberId)
            // Half a surrogate pair would come back from the client as another character.
            name = name[..(char.IsHighSurrogate(name[MaxNameInMemberId - 1]) ? MaxNameInMemberId - 1 : MaxNameInMemberId)];
        return $"{name}-{Guid.NewGuid()}";
    }

    private static JoinGroupResponse ToResponse(JoinReply reply, RequestContext context) => new()
    {
        ErrorCode = reply.Error,
        GenerationId = reply.Generation,
        ProtocolType = reply.ProtocolType,
        ProtocolName = context.Version >= 7 ? reply.Protocol : reply.Protocol ?? "",
        Leader = reply.Leader,
        SkipAssignment = reply.SkipAssignment,
        MemberId = reply.MemberId,
        Members = [.. reply.Members.Select(m => new JoinGroupResponseMember
        {
            MemberId = m.MemberId,
            GroupInstanceId = m.InstanceId,
            Metadata = m.Metadata,
        })],
    };
}
