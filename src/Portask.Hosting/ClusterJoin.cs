using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;

namespace Portask.Hosting;

/// <summary>Makes the node a member: of a cluster of one, or of the one that its seeds are in.</summary>
internal static class ClusterJoin
{
    private static readonly TimeSpan AlonePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);

    /// <summary>Returns once the node is up; waits for seeds as long as it takes, saying so.</summary>
    public static async Task JoinAsync(ActorSystem system, ClusterOptions? options, CancellationToken cancellation)
    {
        // Before anybody can send it something: its serializers come with it.
        ClusterSharding.Get(system);
        var cluster = Akka.Cluster.Cluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        if (options is null)
        {
            cluster.Join(cluster.SelfAddress);
            await up.Task.WaitAsync(AlonePatience, cancellation);
            return;
        }
        cluster.JoinSeedNodes([.. options.Seeds.Select(seed => Address.Parse($"akka.tcp://{system.Name}@{seed}"))]);
        var log = Akka.Event.Logging.GetLogger(system, "cluster");
        var seeds = string.Join(", ", options.Seeds);
        while (await Task.WhenAny(up.Task, system.WhenTerminated, Task.Delay(LogInterval, cancellation)) is var first && first != up.Task)
        {
            cancellation.ThrowIfCancellationRequested();
            if (first == system.WhenTerminated)
                throw new NodeStartException($"the nodes at {seeds} did not let this one join");
            log.Warning("waiting to join the cluster of {Seeds}", seeds);
        }
    }
}
