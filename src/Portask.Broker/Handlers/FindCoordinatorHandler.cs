using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>FindCoordinator (key 10, v0-6): the broker where a group's or a transactional id's entity runs. v4: many keys (KIP-699).</summary>
public sealed class FindCoordinatorHandler(ShardRegions regions, TransactionClient transactions, LeaderView cluster, BrokerSettings settings)
    : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const short FirstWithKeys = 4;

    private static readonly BrokerEndpoint Nowhere = new(-1, "", -1, null);

    public override ApiVersions Versions => new(0, 6);

    public override FindCoordinatorResponse Refuse(FindCoordinatorRequest request, ErrorCode code, RequestContext context) =>
        Answer(context, [.. Keys(request, context).Select(key => Failed(key, code))]);

    public override async ValueTask<FindCoordinatorResponse?> HandleAsync(FindCoordinatorRequest request, RequestContext context)
    {
        if (request.KeyType is not (Group or Transaction))
            return Refuse(request, ErrorCode.InvalidRequest, context);
        var found = await GroupClient
            .ForEachAsync(Keys(request, context), key => FindAsync(key, request.KeyType, context.Closing))
            .ConfigureAwait(false);
        return Answer(context, found);
    }

    private static IEnumerable<string> Keys(FindCoordinatorRequest request, RequestContext context) =>
        context.Version >= FirstWithKeys ? request.CoordinatorKeys : [request.Key];

    private async Task<FindCoordinatorResponseCoordinator> FindAsync(string key, sbyte type, CancellationToken cancellation)
    {
        // One node alone need not start an entity to tell where it would be; nor does an id that no entity can have.
        int? broker = !settings.IsClustered || !GroupClient.IsGroupId(key) ? settings.NodeId
            : type == Group ? await regions.LocalGroups.LocateAsync(key, cancellation).ConfigureAwait(false)
            : await transactions.LocateAsync(key, cancellation).ConfigureAwait(false);
        return broker is { } id && cluster.Broker(id) is { } node
            ? new() { Key = key, NodeId = node.NodeId, Host = node.Host, Port = node.Port }
            : Failed(key, ErrorCode.CoordinatorNotAvailable);
    }

    private static FindCoordinatorResponseCoordinator Failed(string key, ErrorCode code) => new()
    {
        Key = key,
        NodeId = Nowhere.NodeId,
        Host = Nowhere.Host,
        Port = Nowhere.Port,
        ErrorCode = code,
        ErrorMessage = $"Refused: {code}",
    };

    private static FindCoordinatorResponse Answer(RequestContext context, List<FindCoordinatorResponseCoordinator> found)
    {
        if (context.Version >= FirstWithKeys)
            return new FindCoordinatorResponse { Coordinators = found };
        var only = found[0];
        return new FindCoordinatorResponse
        {
            ErrorCode = only.ErrorCode,
            ErrorMessage = only.ErrorMessage,
            NodeId = only.NodeId,
            Host = only.Host,
            Port = only.Port,
        };
    }
}
