using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>Every node can reach every group through sharding, so each names itself as the coordinator.</summary>
public sealed class FindCoordinatorHandler(Func<BrokerEndpoint> self) : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;

    public override ApiVersions Versions => new(0, 6);

    public override FindCoordinatorResponse Refuse(FindCoordinatorRequest request, ErrorCode code, RequestContext context) =>
        Answer(request, context, new BrokerEndpoint(-1, "", -1, null), code, $"Refused: {code}");

    public override ValueTask<FindCoordinatorResponse?> HandleAsync(FindCoordinatorRequest request, RequestContext context)
    {
        var response = request.KeyType is Group or Transaction
            ? Answer(request, context, self(), ErrorCode.None, null)
            : Refuse(request, ErrorCode.InvalidRequest, context);
        return ValueTask.FromResult<FindCoordinatorResponse?>(response);
    }

    private static FindCoordinatorResponse Answer(
        FindCoordinatorRequest request, RequestContext context, BrokerEndpoint node, ErrorCode code, string? message)
    {
        if (context.Version >= 4)
            return new FindCoordinatorResponse
            {
                Coordinators = [.. request.CoordinatorKeys.Select(key => new FindCoordinatorResponseCoordinator
                {
                    Key = key,
                    NodeId = node.NodeId,
                    Host = node.Host,
                    Port = node.Port,
                    ErrorCode = code,
                    ErrorMessage = message,
                })],
            };
        return new FindCoordinatorResponse
        {
            ErrorCode = code,
            ErrorMessage = message,
            NodeId = node.NodeId,
            Host = node.Host,
            Port = node.Port,
        };
    }
}
