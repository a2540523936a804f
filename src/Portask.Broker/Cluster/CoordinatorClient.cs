using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Protocol;

namespace Portask.Broker.Cluster;

/// <summary>How requests of clients reach coordinators of one kind: only on the node where they run.</summary>
/// <param name="region">The region of their entities, known once it has started.</param>
/// <param name="envelope">Addresses a message to the entity of an id.</param>
public sealed class CoordinatorClient(LocalCoordinators local, Func<IActorRef> region, Func<string, object, ShardingEnvelope> envelope, int selfId)
{
    /// <summary>Whether there may be other nodes, each of which serves its own.</summary>
    public bool IsClustered { get; init; }

    /// <summary>Whether this node may serve.</summary>
    public ClusterTouch Touch { get; init; } = ClusterTouch.Always;

    /// <summary>Longest wait for the answer where a coordinator runs: recovery, and a shard on its way to another node.</summary>
    private static readonly TimeSpan LocatePatience = TimeSpan.FromSeconds(8);

    /// <summary>The broker that this node is.</summary>
    public int SelfId => selfId;

    /// <summary>The ids of those that run here.</summary>
    public IReadOnlyCollection<string> Local => local.Ids;

    /// <summary>The broker on which the coordinator of an id runs, which is started for it; null when that cannot be told now.</summary>
    public async Task<int?> LocateAsync(string id, CancellationToken cancellation)
    {
        if (!Touch.Holds)
            return null;
        if (local.Find(id) is not null)
            return selfId;
        try
        {
            var located = await region().Ask<Located>(envelope(id, Locate.Instance), LocatePatience, cancellation).ConfigureAwait(false);
            return located.BrokerId;
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asks the coordinator of an id where it runs here. The message is under way when this returns its task, unless it has to be started.</summary>
    /// <returns>Its answer, or an <see cref="Absence"/>.</returns>
    public Task<object> AskAsync(string id, object message, TimeSpan patience, CancellationToken cancellation) =>
        !Touch.Holds ? Task.FromResult<object>(Absence.Elsewhere)
        : local.Find(id) is { } here ? AskAsync(here, message, patience, cancellation) : StartAsync(id, message, patience, cancellation);

    private async Task<object> StartAsync(string id, object message, TimeSpan patience, CancellationToken cancellation)
    {
        if (await LocateAsync(id, cancellation).ConfigureAwait(false) is not { } broker)
            return Absence.Unknown;
        if (broker != selfId)
            return Absence.Elsewhere;
        return local.Find(id) is { } here ? await AskAsync(here, message, patience, cancellation).ConfigureAwait(false) : Absence.Elsewhere;
    }

    private static async Task<object> AskAsync(LocalCoordinator here, object message, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            var asked = here.Actor.Ask<object>(message, patience, cancellation);
            await Task.WhenAny(asked, here.Ended).ConfigureAwait(false);
            // Answers that it gave at its very end are on their way already.
            return asked.IsCompleted || here.Ended.IsCompleted == false ? await asked.ConfigureAwait(false) : Absence.Elsewhere;
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return Absence.Unknown;
        }
    }

    /// <summary>The error that stands for an answer that is none.</summary>
    public static ErrorCode ErrorOf(object answer) => answer switch
    {
        Absence.Elsewhere => ErrorCode.NotCoordinator,
        Absence.Unknown => ErrorCode.CoordinatorNotAvailable,
        _ => ErrorCode.UnknownServerError,
    };

    /// <summary>Why there is no answer.</summary>
    public enum Absence
    {
        /// <summary>It runs on another node, or is on its way there: NOT_COORDINATOR.</summary>
        Elsewhere,

        /// <summary>It could not be reached in time: COORDINATOR_NOT_AVAILABLE.</summary>
        Unknown,
    }
}
