using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>AlterConfigs (key 33, v0-2): sets the configs of topics and brokers; what a request does not name goes back to its default.</summary>
public sealed class AlterConfigsHandler(ConfigAlterations alterations) : Handler<AlterConfigsRequest, AlterConfigsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override AlterConfigsResponse Refuse(AlterConfigsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Responses = [.. request.Resources.Select(resource => new AlterConfigsResponseAlterConfigsResourceResponse
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            ErrorCode = code,
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<AlterConfigsResponse?> HandleAsync(AlterConfigsRequest request, RequestContext context)
    {
        var wanted = request.Resources.ConvertAll(resource => new ConfigAlteration(
            resource.ResourceType,
            resource.ResourceName,
            resource.Configs.ConvertAll(config => new ConfigChange(config.Name, ConfigOperation.Set, config.Value))));
        var results = await alterations.RunAsync(wanted, replaceAll: true, request.ValidateOnly, context.Closing).ConfigureAwait(false);
        var response = Refuse(request, ErrorCode.None, context);
        for (var i = 0; i < results.Count; i++)
            (response.Responses[i].ErrorCode, response.Responses[i].ErrorMessage) = results[i];
        return response;
    }
}
