using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Topics;

namespace Portask.Broker.Handlers;

/// <summary>CreatePartitions (key 37, v0-3): raises the number of partitions of topics (KIP-195).</summary>
public sealed class CreatePartitionsHandler(TopicClient topics) : Handler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 3);

    /// <inheritdoc/>
    public override CreatePartitionsResponse Refuse(CreatePartitionsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Results = [.. request.Topics.Select(topic => new CreatePartitionsResponseCreatePartitionsTopicResult { Name = topic.Name, ErrorCode = code })],
    };

    /// <inheritdoc/>
    public override async ValueTask<CreatePartitionsResponse?> HandleAsync(CreatePartitionsRequest request, RequestContext context)
    {
        var response = Refuse(request, ErrorCode.None, context);
        var twice = request.Topics.CountBy(topic => topic.Name).Where(entry => entry.Value > 1).Select(entry => entry.Key).ToHashSet();
        var commands = new List<TopicCommand>();
        var results = new List<CreatePartitionsResponseCreatePartitionsTopicResult>();
        for (var i = 0; i < request.Topics.Count; i++)
        {
            var (topic, result) = (request.Topics[i], response.Results[i]);
            if (twice.Contains(topic.Name))
            {
                (result.ErrorCode, result.ErrorMessage) = (ErrorCode.InvalidRequest, $"topic '{topic.Name}' is named more than once");
                continue;
            }
            commands.Add(new AddPartitions(
                topic.Name, topic.Count, topic.Assignments?.ConvertAll(one => (IReadOnlyList<int>)one.BrokerIds), request.ValidateOnly));
            results.Add(result);
        }
        var replies = await topics.ChangeAsync(commands, request.TimeoutMs, context.Closing).ConfigureAwait(false);
        for (var i = 0; i < results.Count; i++)
            (results[i].ErrorCode, results[i].ErrorMessage) = (replies[i].Error, replies[i].Message);
        return response;
    }
}
