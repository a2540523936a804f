using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>DeleteTopics (key 20, v0-6): by name, from v6 on also by id (KIP-516).</summary>
public sealed class DeleteTopicsHandler(TopicClient topics, IMetadataView view) : Handler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short FirstWithIds = 6;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 6);

    /// <inheritdoc/>
    public override DeleteTopicsResponse Refuse(DeleteTopicsRequest request, ErrorCode code, RequestContext context)
    {
        var asked = context.Version >= FirstWithIds
            ? request.Topics.Select(topic => (topic.Name, topic.TopicId))
            : request.TopicNames.Select(name => ((string?)name, Guid.Empty));
        return new()
        {
            Responses = [.. asked.Select(topic =>
                new DeleteTopicsResponseDeletableTopicResult { Name = topic.Item1, TopicId = topic.Item2, ErrorCode = code })],
        };
    }

    /// <inheritdoc/>
    public override async ValueTask<DeleteTopicsResponse?> HandleAsync(DeleteTopicsRequest request, RequestContext context)
    {
        var response = Refuse(request, ErrorCode.None, context);
        var asked = new HashSet<(string?, Guid)>();
        var commands = new List<TopicCommand>();
        var results = new List<DeleteTopicsResponseDeletableTopicResult>();
        foreach (var result in response.Responses)
        {
            if ((result.Name is null) == (result.TopicId == Guid.Empty) || !asked.Add((result.Name, result.TopicId)))
            {
                (result.ErrorCode, result.ErrorMessage) = (ErrorCode.InvalidRequest, "each topic is named once, either by name or by id");
                continue;
            }
            // The answer has both name and id, and the topic is gone by then.
            if (view.Find(result.TopicId) is { } known)
                result.Name = known.Name;
            commands.Add(new DeleteTopic(result.TopicId, result.TopicId == Guid.Empty ? result.Name : null));
            results.Add(result);
        }
        var replies = await topics.ChangeAsync(commands, request.TimeoutMs, context.Closing).ConfigureAwait(false);
        for (var i = 0; i < results.Count; i++)
        {
            (results[i].ErrorCode, results[i].ErrorMessage) = (replies[i].Error, replies[i].Message);
            if (replies[i].Topic is { } deleted)
                results[i].TopicId = deleted.Id;
        }
        return response;
    }
}
