using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Portask.Broker.Cluster;

/// <summary>
/// Asks an entity until it answers. What is on its way to a node that ends is lost, and nothing tells so: who asked once would wait until its time
/// is up, though the entity has been on another node since seconds.
/// </summary>
internal static class RepeatedQuestion
{
    // An answer takes milliseconds. Each pause is longer by this than the one before, so a long wait adds few questions to what a region holds back.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Asks by a region. The question may come twice, so it has to be one that may.</summary>
    /// <returns>The first answer, and whether it may be that to a repetition.</returns>
    /// <exception cref="AskTimeoutException">There was no answer in time.</exception>
    public static async Task<(T Answer, bool IsRepeated)> AskRepeatedlyAsync<T>(
        this IActorRef region, ShardingEnvelope question, TimeSpan patience, CancellationToken cancellation)
    {
        var asking = ActorRefs.NoSender;
        var answer = region.Ask<T>(
            self =>
            {
                asking = self;
                return question;
            },
            patience,
            cancellation);
        var isRepeated = false;
        for (var pause = Pause; ; pause += Pause)
        {
            // Not a delay beside it, whose timer would go on behind every answer.
            await ((Task)answer).WaitAsync(pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompleted || cancellation.IsCancellationRequested)
                return (await answer.ConfigureAwait(false), isRepeated);
            isRepeated = true;
            region.Tell(question, asking);
        }
    }
}
