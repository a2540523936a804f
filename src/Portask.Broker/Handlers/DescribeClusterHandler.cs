using Portask.Broker.Cluster;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>DescribeCluster (key 60, v0-2): the nodes (KIP-700). v1: asks for brokers or controllers (KIP-919).</summary>
public sealed class DescribeClusterHandler(BrokerSettings settings, LeaderView cluster) : Handler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override DescribeClusterResponse Refuse(DescribeClusterRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code, ErrorMessage = $"Refused: {code}", ClusterId = settings.ClusterId };

    /// <inheritdoc/>
    public override ValueTask<DescribeClusterResponse?> HandleAsync(DescribeClusterRequest request, RequestContext context)
    {
        // A node has no controller endpoint of its own, and says so the way that KIP-919 has for it.
        if (request.EndpointType != Brokers)
            return new(Refuse(request, ErrorCode.MismatchedEndpointType, context));
        return new(new DescribeClusterResponse
        {
            ClusterId = settings.ClusterId,
            // As in Metadata, and as brokers of a KRaft cluster do: admins take what either names for whom to send changes to. Who the
            // controller is stands in DescribeQuorum.
            ControllerId = settings.NodeId,
            Brokers = [.. cluster.Brokers.Values.Select(node => new DescribeClusterResponseDescribeClusterBroker { BrokerId = node.NodeId, Host = node.Host, Port = node.Port, Rack = node.Rack })],
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.Cluster : AuthorizedOperations.NotAsked,
        });
    }
}
