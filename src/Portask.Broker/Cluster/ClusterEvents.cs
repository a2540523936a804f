using System.Collections.Concurrent;
using Akka.Actor;

namespace Portask.Broker.Cluster;

/// <summary>What <see cref="LeaderAnnouncer"/> finds out and other parts of the node act on.</summary>
public sealed class ClusterEvents
{
    private readonly ConcurrentDictionary<Address, TaskCompletionSource> _peers = new();
    private readonly TaskCompletionSource<IReadOnlyCollection<Address>> _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when this node must not go on.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>Partitions may be without a leader.</summary>
    public event Action? LeadersLost;

    /// <summary>A member is gone for good.</summary>
    public event Action? MembersLost;

    /// <summary>This node became the one that wakes what nobody leads, or ceased to be.</summary>
    public event Action<bool>? ControllerChanged;

    /// <summary>The registry, on another node, has journaled up to a sequence number.</summary>
    public event Action<long>? RegistryMoved;

    /// <summary>Completes with the other nodes that were up and could be reached when this one began to listen to them.</summary>
    public Task<IReadOnlyCollection<Address>> Met => _met.Task;

    /// <summary>Completes when a node has told what runs on it, or is gone; for this node itself when its own view has it and the controller.</summary>
    public Task WhenKnownAsync(Address node) => Known(node).Task;

    internal void Leaderless() => LeadersLost?.Invoke();

    internal void MemberRemoved()
    {
        MembersLost?.Invoke();
        LeadersLost?.Invoke();
    }

    internal void IsController(bool isSelf) => ControllerChanged?.Invoke(isSelf);

    internal void RegistryAdvanced(long sequenceNr) => RegistryMoved?.Invoke(sequenceNr);

    internal void Meet(IReadOnlyCollection<Address> peers) => _met.TrySetResult(peers);

    internal void PeerKnown(Address node) => Known(node).TrySetResult();

    internal void Fail(string reason) => _failed.TrySetResult(reason);

    private TaskCompletionSource Known(Address node) =>
        _peers.GetOrAdd(node, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
