using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>IncrementalAlterConfigs (key 44, v0-1): sets, resets, appends to and subtracts from single configs of topics (KIP-339).</summary>
public sealed class IncrementalAlterConfigsHandler(TopicClient topics) : Handler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
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
        var response = Refuse(request, ErrorCode.None, context);
        var commands = new List<TopicCommand>();
        var results = new List<IncrementalAlterConfigsResponseAlterConfigsResourceResponse>();
        for (var i = 0; i < request.Resources.Count; i++)
        {
            var (resource, result) = (request.Resources[i], response.Responses[i]);
            if (Fault(resource) is { } fault)
            {
                (result.ErrorCode, result.ErrorMessage) = (ErrorCode.InvalidRequest, fault);
                continue;
            }
            var changes = resource.Configs.ConvertAll(config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value));
            commands.Add(new AlterTopicConfigs(resource.ResourceName, changes, ReplaceAll: false, request.ValidateOnly));
            results.Add(result);
        }
        var replies = await topics.ChangeAsync(commands, ConfigResource.AlterTimeoutMs, context.Closing).ConfigureAwait(false);
        for (var i = 0; i < results.Count; i++)
            (results[i].ErrorCode, results[i].ErrorMessage) = (replies[i].Error, replies[i].Message);
        return response;
    }

    private static string? Fault(IncrementalAlterConfigsRequestAlterConfigsResource resource)
    {
        if (ConfigResource.Unalterable(resource.ResourceType, resource.ResourceName) is { } refusal)
            return refusal;
        var unknown = resource.Configs.Find(config => !Enum.IsDefined((ConfigOperation)config.ConfigOperation));
        return unknown is null ? null : $"config {unknown.Name} has the operation {unknown.ConfigOperation}; 0 set, 1 delete, 2 append, 3 subtract are known";
    }
}
