using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;

namespace Portask.Broker.Cluster;

/// <summary>The broker that leads a partition.</summary>
public readonly record struct LeaderOf(int BrokerId, int Epoch);

/// <summary>A partition that runs somewhere, under its leader epoch.</summary>
public readonly record struct PartitionEpoch(Guid TopicId, int Partition, int Epoch);

/// <summary>
/// What this node knows of all nodes: where clients reach them, and which leads which partition. Read by handlers, written by
/// <see cref="LeaderAnnouncer"/> alone. Of two that say they lead, the one with the higher epoch does.
/// </summary>
public sealed class LeaderView
{
    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), LeaderOf> _leaders = new();
    private volatile ImmutableSortedDictionary<int, BrokerEndpoint> _brokers = ImmutableSortedDictionary<int, BrokerEndpoint>.Empty;
    private volatile ImmutableDictionary<int, Address> _tellers = ImmutableDictionary<int, Address>.Empty;
    private volatile int _controllerId = -1;

    /// <summary>The brokers that are up, by id.</summary>
    public ImmutableSortedDictionary<int, BrokerEndpoint> Brokers => _brokers;

    /// <summary>The broker that wakes what nobody leads; -1 while there is none.</summary>
    public int ControllerId => _controllerId;

    /// <summary>Called after a broker was found to lead a partition.</summary>
    public event Action<PartitionEpoch, int>? Led;

    /// <summary>Where a broker is reached, null when it is not up.</summary>
    public BrokerEndpoint? Broker(int id) => _brokers.GetValueOrDefault(id);

    /// <summary>The node of another broker, where it answers <see cref="TrafficWanted"/>; null where none does.</summary>
    public Address? TellerOf(int brokerId) => _tellers.GetValueOrDefault(brokerId);

    /// <summary>Who leads a partition, null when nobody does.</summary>
    public LeaderOf? Find(Guid topicId, int partition) => _leaders.TryGetValue((topicId, partition), out var leader) ? leader : null;

    internal void SetController(int brokerId) => _controllerId = brokerId;

    internal void Put(BrokerEndpoint broker, Address? teller)
    {
        _tellers = teller is null ? _tellers.Remove(broker.NodeId) : _tellers.SetItem(broker.NodeId, teller);
        _brokers = _brokers.SetItem(broker.NodeId, broker);
    }

    /// <summary>A broker is gone, and with it what it led.</summary>
    internal void Remove(int brokerId)
    {
        _brokers = _brokers.Remove(brokerId);
        _tellers = _tellers.Remove(brokerId);
        foreach (var (key, leader) in _leaders)
            if (leader.BrokerId == brokerId)
                _leaders.TryRemove(KeyValuePair.Create(key, leader));
    }

    /// <summary>A broker began to lead a partition.</summary>
    internal void Started(int brokerId, PartitionEpoch started)
    {
        var led = new LeaderOf(brokerId, started.Epoch);
        var now = _leaders.AddOrUpdate((started.TopicId, started.Partition), led, (_, known) => known.Epoch > started.Epoch ? known : led);
        if (now == led)
            Led?.Invoke(started, brokerId);
    }

    /// <summary>A broker leads a partition no longer; no news when another one does by now.</summary>
    /// <returns>Whether nobody leads it any more.</returns>
    internal bool Stopped(int brokerId, Guid topicId, int partition) =>
        _leaders.TryGetValue((topicId, partition), out var leader)
        && leader.BrokerId == brokerId
        && _leaders.TryRemove(KeyValuePair.Create((topicId, partition), leader));
}
