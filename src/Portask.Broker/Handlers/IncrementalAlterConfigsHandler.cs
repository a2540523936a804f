using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>IncrementalAlterConfigs (key 44, v0-1): sets, resets, appends to and subtracts from single configs of topics and brokers (KIP-339).</summary>
public sealed class IncrementalAlterConfigsHandler(ConfigAlterations alterations) : Handler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 1);

    /// <inheritdoc/>
    public override IncrementalAlterConfigsResponse Refuse(IncrementalAlterConfigsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Responses = [.. request.Resources.Select(resource => new IncrementalAlterConfigsResponseAlterConfigsResourceResponse
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            ErrorCode = code,
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var wanted = request.Resources.ConvertAll(resource => new ConfigAlteration(
            resource.ResourceType,
            resource.ResourceName,
            resource.Configs.ConvertAll(config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))));
        var results = await alterations.RunAsync(wanted, replaceAll: false, request.ValidateOnly, context.Closing).ConfigureAwait(false);
        var response = Refuse(request, ErrorCode.None, context);
        for (var i = 0; i < results.Count; i++)
            (response.Responses[i].ErrorCode, response.Responses[i].ErrorMessage) = results[i];
        return response;
    }
}
