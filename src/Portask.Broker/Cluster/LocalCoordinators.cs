using System.Collections.Concurrent;
using Akka.Actor;

namespace Portask.Broker.Cluster;

/// <summary>
/// The coordinators of one kind that run on this node. A group or transactional id is served by the node where its entity
/// runs, so handlers reach it here, without the region, and answer NOT_COORDINATOR where it is not.
/// </summary>
public sealed class LocalCoordinators
{
    private readonly ConcurrentDictionary<string, LocalCoordinator> _running = new(StringComparer.Ordinal);

    /// <summary>The ids of those that run here.</summary>
    public IReadOnlyCollection<string> Ids => [.. _running.Keys];

    /// <summary>The coordinator of an id if it runs here, else null.</summary>
    public LocalCoordinator? Find(string id) => _running.GetValueOrDefault(id);

    /// <summary>Called by a coordinator that has recovered.</summary>
    public LocalCoordinator Add(string id, IActorRef actor) => _running[id] = new LocalCoordinator(id, actor);

    /// <summary>Called by a coordinator that nobody needs, before it stops: it has answered all that it has read.</summary>
    public void Retire(LocalCoordinator coordinator)
    {
        coordinator.Retire();
        Remove(coordinator);
    }

    /// <summary>Called by a coordinator before it stops; what comes for it from now on goes by the region, which keeps it for the next one.</summary>
    public void Remove(LocalCoordinator coordinator) => _running.TryRemove(KeyValuePair.Create(coordinator.Id, coordinator));
}

/// <summary>A coordinator that runs on this node.</summary>
public sealed class LocalCoordinator(string id, IActorRef actor)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The group's or the transactional id.</summary>
    public string Id => id;

    /// <summary>The actor itself.</summary>
    public IActorRef Actor => actor;

    /// <summary>Whether it stops because nobody needs it: what it has not answered it has not read, and can be asked again.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Completes when it has stopped: what it has not answered by then it never will.</summary>
    public Task Ended => _ended.Task;

    internal void Retire() => IsRetired = true;

    /// <summary>Called when it has stopped.</summary>
    public void End() => _ended.TrySetResult();
}
