using System.Collections.Concurrent;
using Portask.Broker.Cluster;
using Portask.Http.Api;
using Portask.Http.Peers;

namespace Portask.Http.Reading;

/// <summary>What the other brokers of the cluster had in one step of the charts.</summary>
/// <param name="PerSecond">Their traffic together, of topics that had some.</param>
/// <param name="Missing">Brokers whose part is not in it: the unread ones, and those whose counters began anew or had counted for longer than it.</param>
/// <param name="Unread">Brokers that did not answer, or are gone with what they counted since the step before.</param>
internal sealed record Elsewhere(IReadOnlyDictionary<Guid, Traffic> PerSecond, IReadOnlyList<int> Missing, IReadOnlyList<int> Unread)
{
    /// <summary>Of a node that is alone.</summary>
    public static readonly Elsewhere Nothing = new(new Dictionary<Guid, Traffic>(), [], []);
}

/// <summary>
/// Asks the other brokers what goes in and out there and how much their partitions hold: at each step of the charts and when somebody
/// looks, once a second at most however many do, and for two seconds. Who did not answer is asked again by the next step, and nobody who
/// looks waits for it. Of what has not changed nothing is told again, so it is asked whether anybody looks or not: a broker that dies takes
/// its past with it otherwise.
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
    private volatile IReadOnlyList<int> _unread = [];
    private HashSet<Guid> _unknown = [];
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
        // While one is silent, the step that asks it again is not waited for either: what was told before stands.
        if (!await _gate.WaitAsync(_unread.Count > 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false))
            return _unread;
        try
        {
            if (_askedAt is not { } at || _time.GetElapsedTime(at) >= KeepsFor)
                await AskAsync(_others(), _unread).ConfigureAwait(false);
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
            await AskAsync(others, []).ConfigureAwait(false);
            var gone = _peers.Keys.Except(others).ToList();
            gone.ForEach(id => _peers.Remove(id));
            Forget(isLive);
            return Sum([.. _unread.Union(gone).Order()]);
        }
        finally
        {
            _gate.Release();
        }
    }

    private Elsewhere Sum(IReadOnlyList<int> unread)
    {
        var (sum, missing) = (new Dictionary<Guid, Traffic>(), unread.ToList());
        foreach (var (brokerId, peer) in _peers.Where(peer => !unread.Contains(peer.Key)))
        {
            if (peer.TakeStep() is not { } step)
                missing.Add(brokerId);
            else
                foreach (var (topicId, traffic) in step)
                    sum[topicId] = sum.GetValueOrDefault(topicId, Traffic.None) + traffic;
        }
        return new(sum, [.. missing.Order()], unread);
    }

    private async Task AskAsync(IReadOnlyCollection<int> others, IReadOnlyList<int> left)
    {
        using var patience = new CancellationTokenSource(Patience);
        var asked = others.Except(left).ToList();
        asked.ForEach(id => _peers.TryAdd(id, new()));
        var told = await Task.WhenAll(asked.Select(async id => (Id: id, IsWhole: await TryAskAsync(id, patience.Token).ConfigureAwait(false))))
            .ConfigureAwait(false);
        var silent = told.Where(one => !one.IsWhole).Select(one => one.Id);
        (_unread, _askedAt) = ([.. others.Intersect(left).Concat(silent).Order()], _time.GetTimestamp());
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

    /// <summary>
    /// Drops topics that are no more, in the second step without them: one that this node has not heard of yet would not be told again
    /// until it changes.
    /// </summary>
    private void Forget(Func<Guid, bool> isLive)
    {
        var unknown = _held.Keys.Select(key => key.TopicId).Concat(_peers.Values.SelectMany(peer => peer.Topics)).Where(id => !isLive(id)).ToHashSet();
        var gone = unknown.Where(_unknown.Contains).ToHashSet();
        _unknown = unknown;
        foreach (var key in _held.Keys.Where(key => gone.Contains(key.TopicId)))
            _held.TryRemove(key, out _);
        foreach (var peer in _peers.Values)
            peer.Forget(gone);
    }
}
