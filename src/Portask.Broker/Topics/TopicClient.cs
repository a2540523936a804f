using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>
/// How handlers change topics. The registry may be on its way to another node, so it is asked again until it answers; one that does not becomes
/// an error that clients retry.
/// </summary>
public sealed class TopicClient(ShardRegions regions, MetadataView view)
{
    private const int LeastTimeoutMs = 1_000;
    private const int MostTimeoutMs = 300_000;

    /// <summary>Runs the commands of one request and gives one reply for each.</summary>
    /// <param name="timeoutMs">How long the client waits; held to 1 s - 5 min.</param>
    public async Task<IReadOnlyList<TopicReply>> ChangeAsync(IReadOnlyList<TopicCommand> commands, int timeoutMs, CancellationToken cancellation)
    {
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, LeastTimeoutMs, MostTimeoutMs));
        if (commands.Any(command => command is DeleteTopic) && !await view.CatchUpAsync().ConfigureAwait(false))
            return Late(commands, patience);
        var replies = new List<TopicReply>(commands.Count);
        foreach (var run in MessageBound.Cut(commands.Select(ById), MessageBound.SizeOf))
        {
            replies.AddRange(MessageBound.SizeOf(run[0]) > MessageBound.MostBytes
                ? [TopicReply.Refused(ErrorCode.InvalidRequest, $"a change of one topic takes at most {MessageBound.MostBytes} bytes")]
                : await ChangeAsync(run, patience, cancellation).ConfigureAwait(false));
        }
        return replies;
    }

    private async Task<IReadOnlyList<TopicReply>> ChangeAsync(IReadOnlyList<TopicCommand> commands, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            var before = commands.Select(TopicOf).ToList();
            var (changed, isRepeated) = await regions.Topics
                .AskRepeatedlyAsync<TopicsChanged>(TopicRegion.To(new ChangeTopics(commands)), patience, cancellation)
                .ConfigureAwait(false);
            // Who is answered finds in this node's metadata what he changed, whichever node the registry is on.
            await view.WhenAtAsync(changed.SequenceNr).WaitAsync(patience, cancellation).ConfigureAwait(false);
            return isRepeated ? [.. changed.Replies.Select((reply, i) => Done(commands[i], before[i], reply))] : changed.Replies;
        }
        catch (Exception e) when (e is AskTimeoutException or TimeoutException)
        {
            return Late(commands, patience);
        }
    }

    private static IReadOnlyList<TopicReply> Late(IReadOnlyList<TopicCommand> commands, TimeSpan patience)
    {
        var late = TopicReply.Refused(ErrorCode.RequestTimedOut, $"the topic registry did not answer within {patience.TotalMilliseconds} ms");
        return [.. Enumerable.Repeat(late, commands.Count)];
    }

    // The topic that has the name now: asked again, one that was made under the name meanwhile would go too.
    private TopicCommand ById(TopicCommand command) =>
        command is DeleteTopic { Name: { } name } delete && view.Find(name) is { } topic ? delete with { TopicId = topic.Id } : command;

    private TopicMetadata? TopicOf(TopicCommand command) => command switch
    {
        DeleteTopic delete => view.Find(delete.TopicId),
        AddPartitions add => view.Find(add.Name),
        _ => null,
    };

    /// <summary>A change that was asked for again may have been made by the first question, whose answer was lost.</summary>
    /// <param name="before">The topic as it was before the first one.</param>
    private TopicReply Done(TopicCommand command, TopicMetadata? before, TopicReply reply)
    {
        var isDone = (command, reply.Error) switch
        {
            (CreateTopic create, ErrorCode.TopicAlreadyExists) => reply.Topic?.Id == create.TopicId,
            (DeleteTopic, ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition) => before is not null,
            (AddPartitions add, ErrorCode.InvalidPartitions) =>
                before?.PartitionCount < add.PartitionCount && view.Find(before.Id)?.PartitionCount == add.PartitionCount,
            _ => false,
        };
        return isDone ? new TopicReply(ErrorCode.None, null, reply.Topic ?? before?.ToTopic()) : reply;
    }

    /// <summary>Takes a broker that is gone out of the cluster.</summary>
    public async Task<ErrorCode> UnregisterAsync(int brokerId, bool isUp, CancellationToken cancellation)
    {
        try
        {
            var wasThere = view.BrokerIds.Contains(brokerId);
            var (left, isRepeated) = await regions.Topics
                .AskRepeatedlyAsync<BrokerLeft>(TopicRegion.To(new UnregisterBroker(brokerId, isUp)), TimeSpan.FromMilliseconds(5 * LeastTimeoutMs), cancellation)
                .ConfigureAwait(false);
            return isRepeated && wasThere && left.Error == ErrorCode.BrokerIdNotRegistered ? ErrorCode.None : left.Error;
        }
        catch (AskTimeoutException)
        {
            return ErrorCode.RequestTimedOut;
        }
    }

    /// <summary>Creates a topic that a client asked metadata for, with the broker's defaults. Existing already is fine.</summary>
    public async Task<TopicReply> AutoCreateAsync(string name, CancellationToken cancellation)
    {
        var create = new CreateTopic(Guid.NewGuid(), name, -1, -1, null, [], ValidateOnly: false);
        return (await ChangeAsync([create], LeastTimeoutMs * 5, cancellation).ConfigureAwait(false))[0];
    }
}
