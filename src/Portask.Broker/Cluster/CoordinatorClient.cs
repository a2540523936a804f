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

    // Each takes another request that comes and is answered in between.
    private const int MostStarts = 10;

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
            var (located, _) = await region()
                .AskRepeatedlyAsync<Located>(envelope(id, Locate.Instance), LocatePatience, cancellation)
                .ConfigureAwait(false);
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
        for (var tries = 0; tries < MostStarts; tries++)
        {
            if (await LocateAsync(id, cancellation).ConfigureAwait(false) is not { } broker)
                return Absence.Unknown;
            if (broker != selfId)
                return Absence.Elsewhere;
            // Not there: another request was answered between its word and now, and left it without a use.
            if (local.Find(id) is { } here && await AskOnceAsync(here, message, patience, cancellation).ConfigureAwait(false) is { } answer)
                return answer;
        }
        return Absence.Elsewhere;
    }

    private async Task<object> AskAsync(LocalCoordinator here, object message, TimeSpan patience, CancellationToken cancellation) =>
        await AskOnceAsync(here, message, patience, cancellation).ConfigureAwait(false)
        ?? await StartAsync(here.Id, message, patience, cancellation).ConfigureAwait(false);

    /// <summary>The answer; null when the coordinator had no use any more and stopped before it read the message.</summary>
    private static async Task<object?> AskOnceAsync(LocalCoordinator here, object message, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            var asked = here.Actor.Ask<object>(message, patience, cancellation);
            await Task.WhenAny(asked, here.Ended).ConfigureAwait(false);
            // Answers that it gave at its very end are on their way already.
            return asked.IsCompleted || here.Ended.IsCompleted == false ? await asked.ConfigureAwait(false)
                : here.IsRetired ? null
                : Absence.Elsewhere;
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
