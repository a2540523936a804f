using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>CreateTopics (key 19, v0-7). v1: validate only. v4: -1 stands for the broker's defaults (KIP-464). v5: answers the configs (KIP-525). v7: topic ids.</summary>
public sealed class CreateTopicsHandler(TopicClient topics, IMetadataView view, BrokerSettings settings) : Handler<CreateTopicsRequest, CreateTopicsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 7);

    /// <inheritdoc/>
    public override CreateTopicsResponse Refuse(CreateTopicsRequest request, ErrorCode code, RequestContext context) =>
        new() { Topics = [.. request.Topics.Select(topic => new CreateTopicsResponseCreatableTopicResult { Name = topic.Name, ErrorCode = code })] };

    /// <inheritdoc/>
    public override async ValueTask<CreateTopicsResponse?> HandleAsync(CreateTopicsRequest request, RequestContext context)
    {
        var response = Refuse(request, ErrorCode.None, context);
        var twice = request.Topics.CountBy(topic => topic.Name).Where(entry => entry.Value > 1).Select(entry => entry.Key).ToHashSet();
        var commands = new List<TopicCommand>();
        var results = new List<CreateTopicsResponseCreatableTopicResult>();
        for (var i = 0; i < request.Topics.Count; i++)
        {
            if (Fault(request.Topics[i], twice, out var command, request.ValidateOnly) is { } fault)
            {
                (response.Topics[i].ErrorCode, response.Topics[i].ErrorMessage) = (ErrorCode.InvalidRequest, fault);
                continue;
            }
            commands.Add(command);
            results.Add(response.Topics[i]);
        }
        var replies = await topics.ChangeAsync(commands, request.TimeoutMs, context.Closing).ConfigureAwait(false);
        for (var i = 0; i < results.Count; i++)
            Fill(results[i], replies[i]);
        return response;
    }

    private static string? Fault(
        CreateTopicsRequestCreatableTopic topic, HashSet<string> twice, out CreateTopic command, bool validateOnly)
    {
        command = null!;
        if (twice.Contains(topic.Name))
            return $"topic '{topic.Name}' is named more than once";
        if (topic.Configs.GroupBy(config => config.Name).FirstOrDefault(group => group.Count() > 1) is { } config)
            return $"config {config.Key} is given more than once";
        command = new CreateTopic(
            Guid.NewGuid(),
            topic.Name,
            topic.NumPartitions,
            topic.ReplicationFactor,
            [.. topic.Assignments.Select(one => KeyValuePair.Create(one.PartitionIndex, (IReadOnlyList<int>)one.BrokerIds))],
            [.. topic.Configs.Select(one => KeyValuePair.Create(one.Name, one.Value))],
            validateOnly);
        return null;
    }

    private void Fill(CreateTopicsResponseCreatableTopicResult result, TopicReply reply)
    {
        (result.ErrorCode, result.ErrorMessage) = (reply.Error, reply.Message);
        if (reply.Error != ErrorCode.None || reply.Topic is not { } topic)
            return;
        result.TopicId = topic.Id;
        result.NumPartitions = topic.PartitionCount;
        result.ReplicationFactor = topic.ReplicationFactor;
        result.Configs = [.. TopicConfigDescriptions.Of(topic.Configs, settings, view.Dynamic).Select(config => new CreateTopicsResponseCreatableTopicConfigs
        {
            Name = config.Name,
            Value = config.Value,
            ConfigSource = (sbyte)config.Source,
        })];
    }
}
