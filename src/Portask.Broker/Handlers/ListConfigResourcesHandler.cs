using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// ListConfigResources (key 74, v0-1). v0: client metrics alone (KIP-714), of which there are none. v1: resources of the kinds
/// asked for, of every kind when none is named (KIP-1142). Loggers, groups and client metrics have no configs here, so none is listed.
/// </summary>
public sealed class ListConfigResourcesHandler(IMetadataView view, BrokerSettings settings) : Handler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private const short FirstWithKinds = 1;

    private static readonly sbyte[] Kinds =
        [ConfigResource.Topic, ConfigResource.Broker, ConfigResource.BrokerLogger, ConfigResource.ClientMetrics, ConfigResource.Group];

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 1);

    /// <inheritdoc/>
    public override ListConfigResourcesResponse Refuse(ListConfigResourcesRequest request, ErrorCode code, RequestContext context) => new() { ErrorCode = code };

    /// <inheritdoc/>
    public override ValueTask<ListConfigResourcesResponse?> HandleAsync(ListConfigResourcesRequest request, RequestContext context)
    {
        if (context.Version < FirstWithKinds)
            return new(new ListConfigResourcesResponse());
        if (request.ResourceTypes.Exists(kind => !Kinds.Contains(kind)))
            return new(Refuse(request, ErrorCode.UnsupportedVersion, context));
        var wanted = request.ResourceTypes.Count == 0 ? Kinds : [.. request.ResourceTypes.Distinct()];
        return new(new ListConfigResourcesResponse { ConfigResources = [.. wanted.SelectMany(kind => NamesOf(kind).Select(name => Resource(name, kind)))] });
    }

    private IEnumerable<string> NamesOf(sbyte kind) => kind switch
    {
        ConfigResource.Topic => view.Topics.Select(topic => topic.Name).Order(StringComparer.Ordinal),
        ConfigResource.Broker => [$"{settings.NodeId}"],
        _ => [],
    };

    private static ListConfigResourcesResponseConfigResource Resource(string name, sbyte kind) => new() { ResourceName = name, ResourceType = kind };
}
