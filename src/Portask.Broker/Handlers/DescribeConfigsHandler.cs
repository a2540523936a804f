using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// DescribeConfigs (key 32, v0-4) of topics, of this broker, and, under the empty name, of what is set for every broker. v1:
/// sources and synonyms (KIP-226). v3: types and documentation (KIP-569). Groups and client metrics have no configs here.
/// </summary>
public sealed class DescribeConfigsHandler(IMetadataView view, BrokerSettings settings) : Handler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    private const short FirstWithSources = 1;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 4);

    /// <inheritdoc/>
    public override DescribeConfigsResponse Refuse(DescribeConfigsRequest request, ErrorCode code, RequestContext context) =>
        new() { Results = [.. request.Resources.Select(resource => Failed(resource, code, $"Refused: {code}"))] };

    /// <inheritdoc/>
    public override ValueTask<DescribeConfigsResponse?> HandleAsync(DescribeConfigsRequest request, RequestContext context) =>
        new(new DescribeConfigsResponse { Results = [.. request.Resources.Select(resource => Describe(resource, request, context))] });

    private DescribeConfigsResponseDescribeConfigsResult Describe(
        DescribeConfigsRequestDescribeConfigsResource resource, DescribeConfigsRequest request, RequestContext context)
    {
        IEnumerable<ConfigDescription> configs;
        switch (resource.ResourceType)
        {
            case ConfigResource.Topic:
                if (view.Find(resource.ResourceName) is not { } topic)
                    return Failed(resource, ErrorCode.UnknownTopicOrPartition, $"there is no topic '{resource.ResourceName}'");
                configs = TopicConfigDescriptions.Of(topic.Configs, settings, view.Dynamic);
                break;
            case ConfigResource.Broker:
                if (ConfigResource.UnknownBroker(resource.ResourceName, settings.NodeId) is { } unknown)
                    return Failed(resource, ErrorCode.InvalidRequest, unknown);
                configs = resource.ResourceName.Length == 0 ? BrokerConfigs.DescribeCluster(view.Dynamic) : BrokerConfigs.Describe(settings, view.Dynamic);
                break;
            case ConfigResource.ClientMetrics or ConfigResource.Group when resource.ResourceName.Length > 0:
                configs = [];
                break;
            default:
                return Failed(resource, ErrorCode.InvalidRequest, $"resource type {resource.ResourceType} has no configs here; 2 (topic) and 4 (broker) have");
        }
        // Kafka answers everything to an empty list too, and clients rely on it.
        var keys = resource.ConfigurationKeys is { Count: > 0 } named ? named.ToHashSet(StringComparer.Ordinal) : null;
        return new()
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            Configs = [.. configs
                .Where(config => keys is null || keys.Contains(config.Name))
                .Select(config => ToConfig(config, request, context))],
        };
    }

    private static DescribeConfigsResponseDescribeConfigsResourceResult ToConfig(
        ConfigDescription config, DescribeConfigsRequest request, RequestContext context)
    {
        var result = new DescribeConfigsResponseDescribeConfigsResourceResult
        {
            Name = config.Name,
            Value = config.Value,
            ReadOnly = config.IsReadOnly,
            ConfigType = (sbyte)config.Type,
            Documentation = request.IncludeDocumentation ? config.Documentation : null,
        };
        if (context.Version < FirstWithSources)
            result.IsDefault = config.Source is ConfigSource.StaticBroker or ConfigSource.Default;
        else
            result.ConfigSource = (sbyte)config.Source;
        if (request.IncludeSynonyms)
        {
            result.Synonyms = [.. config.Synonyms.Select(synonym =>
                new DescribeConfigsResponseDescribeConfigsSynonym { Name = synonym.Name, Value = synonym.Value, Source = (sbyte)synonym.Source })];
        }
        return result;
    }

    private static DescribeConfigsResponseDescribeConfigsResult Failed(
        DescribeConfigsRequestDescribeConfigsResource resource, ErrorCode code, string message) => new()
        {
            ErrorCode = code,
            ErrorMessage = message,
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
        };
}
