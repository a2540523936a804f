using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>How handlers change topics. A registry that does not answer becomes an error that clients retry.</summary>
public sealed class TopicClient(ShardRegions regions, MetadataView view)
{
    private const int LeastTimeoutMs = 1_000;
    private const int MostTimeoutMs = 300_000;

    /// <summary>Runs the commands of one request and gives one reply for each.</summary>
    /// <param name="timeoutMs">How long the client waits; held to 1 s - 5 min.</param>
    public async Task<IReadOnlyList<TopicReply>> ChangeAsync(IReadOnlyList<TopicCommand> commands, int timeoutMs, CancellationToken cancellation)
    {
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, LeastTimeoutMs, MostTimeoutMs));
        var replies = new List<TopicReply>(commands.Count);
        foreach (var run in MessageBound.Cut(commands, MessageBound.SizeOf))
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
            var changed = await regions.Topics
                .Ask<TopicsChanged>(TopicRegion.To(new ChangeTopics(commands)), patience, cancellation)
                .ConfigureAwait(false);
            // Who is answered finds in this node's metadata what he changed, whichever node the registry is on.
            await view.WhenAtAsync(changed.SequenceNr).WaitAsync(patience, cancellation).ConfigureAwait(false);
            return changed.Replies;
        }
        catch (Exception e) when (e is AskTimeoutException or TimeoutException)
        {
            var late = TopicReply.Refused(ErrorCode.RequestTimedOut, $"the topic registry did not answer within {patience.TotalMilliseconds} ms");
            return [.. Enumerable.Repeat(late, commands.Count)];
        }
    }

    /// <summary>Takes a broker that is gone out of the cluster.</summary>
    public async Task<ErrorCode> UnregisterAsync(int brokerId, bool isUp, CancellationToken cancellation)
    {
        try
        {
            var left = await regions.Topics
                .Ask<BrokerLeft>(TopicRegion.To(new UnregisterBroker(brokerId, isUp)), TimeSpan.FromMilliseconds(5 * LeastTimeoutMs), cancellation)
                .ConfigureAwait(false);
            return left.Error;
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
