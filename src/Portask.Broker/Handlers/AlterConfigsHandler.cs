using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>AlterConfigs (key 33, v0-2): sets the configs of topics; what a request does not name goes back to its default.</summary>
public sealed class AlterConfigsHandler(TopicClient topics) : Handler<AlterConfigsRequest, AlterConfigsResponse>
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
        var response = Refuse(request, ErrorCode.None, context);
        var commands = new List<TopicCommand>();
        var results = new List<AlterConfigsResponseAlterConfigsResourceResponse>();
        for (var i = 0; i < request.Resources.Count; i++)
        {
            var (resource, result) = (request.Resources[i], response.Responses[i]);
            if (ConfigResource.Unalterable(resource.ResourceType, resource.ResourceName) is { } refusal)
            {
                (result.ErrorCode, result.ErrorMessage) = (ErrorCode.InvalidRequest, refusal);
                continue;
            }
            var changes = resource.Configs.ConvertAll(config =>
                new ConfigChange(config.Name, config.Value is null ? ConfigOperation.Delete : ConfigOperation.Set, config.Value));
            commands.Add(new AlterTopicConfigs(resource.ResourceName, changes, ReplaceAll: true, request.ValidateOnly));
            results.Add(result);
        }
        var replies = await topics.ChangeAsync(commands, ConfigResource.AlterTimeoutMs, context.Closing).ConfigureAwait(false);
        for (var i = 0; i < results.Count; i++)
            (results[i].ErrorCode, results[i].ErrorMessage) = (replies[i].Error, replies[i].Message);
        return response;
    }
}
