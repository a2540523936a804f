using Portask.Broker.Cluster;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>UnregisterBroker (key 64, v0; KIP-631): a broker that will not come back counts as a replica no more.</summary>
public sealed class UnregisterBrokerHandler(TopicClient topics, LeaderView cluster) : Handler<UnregisterBrokerRequest, UnregisterBrokerResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override UnregisterBrokerResponse Refuse(UnregisterBrokerRequest request, ErrorCode code, RequestContext context) => new()
    {
        ErrorCode = code,
        ErrorMessage = code switch
        {
            ErrorCode.BrokerIdNotRegistered => $"no broker has the id {request.BrokerId}",
            ErrorCode.InvalidRequest => $"broker {request.BrokerId} is running; it has to be stopped first",
            _ => null,
        },
    };

    /// <inheritdoc/>
    public override async ValueTask<UnregisterBrokerResponse?> HandleAsync(UnregisterBrokerRequest request, RequestContext context)
    {
        var isUp = cluster.Broker(request.BrokerId) is not null;
        return Refuse(request, await topics.UnregisterAsync(request.BrokerId, isUp, context.Closing).ConfigureAwait(false), context);
    }
}
