using System.Collections.Concurrent;
using Portask.Broker.Cluster;
using Portask.Http.Api;
using Portask.Http.Peers;

namespace Portask.Http.Reading;

/// <summary>What the other brokers of the cluster had in one step of the charts.</summary>
/// <param name="PerSecond">Their traffic together, of topics that had some.</param>
/// <param name="IsWhole">Whether that is all of it.</param>
/// <param name="Unread">Brokers that did not answer, or are gone with what they counted since the step before.</param>
internal sealed record Elsewhere(IReadOnlyDictionary<Guid, Traffic> PerSecond, bool IsWhole, IReadOnlyList<int> Unread)
{
    /// <summary>Of a node that is alone.</summary>
    public static readonly Elsewhere Nothing = new(new Dictionary<Guid, Traffic>(), true, []);
}

/// <summary>
/// Asks the other brokers what goes in and out there and how much their partitions hold: at each step of the charts and when somebody
/// looks, once a second at most however many do, and for two seconds. Of what has not changed nothing is told again, so it is asked
/// whether anybody looks or not: a broker that dies takes its past with it otherwise.
/// </summary>
internal sealed class ClusterTraffic
{
    private static readonly TimeSpan KeepsFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Func<IReadOnlyCollection<int>> _others;
    private readonly Func<int, TrafficWanted, CancellationToken, Task<TrafficTold?>> _ask;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<int, PeerTraffic> _peers = [];
    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), PartitionHeld> _held = new();
    private IReadOnlyList<int> _unread = [];
    private long? _askedAt;

    public ClusterTraffic(Node node, PeerRouter peers)
        : this(() => [.. peers.Others], (id, wanted, patience) => node.Broker!.Node.Traffic.AskAsync(id, wanted, patience), TimeProvider.System)
    {
    }

    /// <param name="others">The other brokers that are up.</param>
    /// <param name="ask">Asks one; null when it does not answer.</param>
    internal ClusterTraffic(
        Func<IReadOnlyCollection<int>> others, Func<int, TrafficWanted, CancellationToken, Task<TrafficTold?>> ask, TimeProvider time) =>
        (_others, _ask, _time) = (others, ask, time);

    /// <summary>How much a partition that another broker leads holds, as it was last told; null when it never was.</summary>
    public PartitionHeld? Find(Guid topicId, int partition) => _held.TryGetValue((topicId, partition), out var held) ? held : null;

    /// <summary>Brings what is held up to date, unless that was done within the last second.</summary>
    /// <returns>Brokers that did not answer: of theirs, what they told before stands.</returns>
    public async Task<IReadOnlyList<int>> LookAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_askedAt is not { } at || _time.GetElapsedTime(at) >= KeepsFor)
                await AskAsync(_others()).ConfigureAwait(false);
            return _unread;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Traffic of the other brokers since the last step.</summary>
    /// <param name="isLive">Whether there is a topic of an id.</param>
    public async Task<Elsewhere> TakeStepAsync(Func<Guid, bool> isLive, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var others = _others();
            var answered = await AskAsync(others).ConfigureAwait(false);
            var gone = _peers.Keys.Except(others).ToList();
            gone.ForEach(id => _peers.Remove(id));
            Forget(isLive);
            return Sum([.. answered.Select(peer => peer.TakeStep())], [.. _unread.Union(gone).Order()]);
        }
        finally
        {
            _gate.Release();
        }
    }

    private static Elsewhere Sum(IReadOnlyList<IReadOnlyDictionary<Guid, Traffic>?> steps, IReadOnlyList<int> unread)
    {
        var sum = new Dictionary<Guid, Traffic>();
        foreach (var (topicId, traffic) in steps.SelectMany(step => step ?? Elsewhere.Nothing.PerSecond))
            sum[topicId] = sum.GetValueOrDefault(topicId, Traffic.None) + traffic;
        return new(sum, unread.Count == 0 && steps.All(step => step is not null), unread);
    }

    /// <returns>Those that have told all.</returns>
    private async Task<List<PeerTraffic>> AskAsync(IReadOnlyCollection<int> others)
    {
        using var patience = new CancellationTokenSource(Patience);
        foreach (var id in others)
            _peers.TryAdd(id, new());
        var told = await Task.WhenAll(others.Select(async id => (Id: id, Peer: _peers[id], IsWhole: await TryAskAsync(id, patience.Token).ConfigureAwait(false))))
            .ConfigureAwait(false);
        (_unread, _askedAt) = ([.. told.Where(one => !one.IsWhole).Select(one => one.Id).Order()], _time.GetTimestamp());
        return [.. told.Where(one => one.IsWhole).Select(one => one.Peer)];
    }

    private async Task<bool> TryAskAsync(int brokerId, CancellationToken patience)
    {
        while (await _ask(brokerId, _peers[brokerId].Wanted, patience).ConfigureAwait(false) is { } told)
        {
            _peers[brokerId].Take(told);
            // Two tell of one partition while it moves.
            foreach (var held in told.Partitions)
                _held.AddOrUpdate((held.TopicId, held.Partition), held, (_, known) => known.Epoch > held.Epoch ? known : held);
            if (told.IsWhole)
                return true;
        }
        return false;
    }

    private void Forget(Func<Guid, bool> isLive)
    {
        foreach (var key in _held.Keys.Where(key => !isLive(key.TopicId)))
            _held.TryRemove(key, out _);
        foreach (var peer in _peers.Values)
            peer.Keep(isLive);
    }
}
