using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>How handlers change topics. A registry that does not answer becomes an error that clients retry.</summary>
public sealed class TopicClient(ShardRegions regions)
{
    private const int LeastTimeoutMs = 1_000;
    private const int MostTimeoutMs = 300_000;

    /// <summary>Runs the commands of one request and gives one reply for each.</summary>
    /// <param name="timeoutMs">How long the client waits; held to 1 s - 5 min.</param>
    public async Task<IReadOnlyList<TopicReply>> ChangeAsync(IReadOnlyList<TopicCommand> commands, int timeoutMs, CancellationToken cancellation)
    {
        if (commands.Count == 0)
            return [];
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, LeastTimeoutMs, MostTimeoutMs));
        try
        {
            var changed = await regions.Topics
                .Ask<TopicsChanged>(TopicRegion.To(new ChangeTopics(commands)), patience, cancellation)
                .ConfigureAwait(false);
            return changed.Replies;
        }
        catch (AskTimeoutException)
        {
            var late = TopicReply.Refused(ErrorCode.RequestTimedOut, $"the topic registry did not answer within {patience.TotalMilliseconds} ms");
            return [.. Enumerable.Repeat(late, commands.Count)];
        }
    }

    /// <summary>Creates a topic that a client asked metadata for, with the broker's defaults. Existing already is fine.</summary>
    public async Task<TopicReply> AutoCreateAsync(string name, CancellationToken cancellation)
    {
        var create = new CreateTopic(Guid.NewGuid(), name, -1, -1, null, [], ValidateOnly: false);
        return (await ChangeAsync([create], LeastTimeoutMs * 5, cancellation).ConfigureAwait(false))[0];
    }
}
