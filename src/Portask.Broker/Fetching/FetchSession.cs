namespace Portask.Broker.Fetching;

/// <summary>The partitions that a client fetches over and over (KIP-227). One fetch at a time uses it; it is locked meanwhile by its epoch.</summary>
public sealed class FetchSession(int id, bool usesTopicIds)
{
    private readonly Dictionary<FetchKey, FetchTarget> _byKey = [];
    private List<FetchTarget> _order = [];

    public int Id => id;

    /// <summary>Whether its partitions are named by topic id; a client may not change that within a session.</summary>
    public bool UsesTopicIds => usesTopicIds;

    /// <summary>The epoch that the next request has to carry.</summary>
    public int NextEpoch { get; private set; } = 1;

    /// <summary>When it was last used, in ms since the Unix epoch.</summary>
    public long LastUsedMs { get; set; }

    /// <summary>The partitions in the order in which they are read.</summary>
    public IReadOnlyList<FetchTarget> Targets => _order;

    /// <summary>Takes over what a request adds, changes and forgets.</summary>
    public void Update(IEnumerable<FetchTarget> changed, IEnumerable<FetchKey> forgotten)
    {
        foreach (var target in changed)
        {
            if (_byKey.TryGetValue(target.Key, out var known))
            {
                (known.FetchOffset, known.MaxBytes) = (target.FetchOffset, target.MaxBytes);
                (known.CurrentLeaderEpoch, known.LastFetchedEpoch) = (target.CurrentLeaderEpoch, target.LastFetchedEpoch);
                continue;
            }
            _byKey.Add(target.Key, target);
            _order.Add(target);
        }
        var gone = forgotten.Where(_byKey.Remove).ToHashSet();
        if (gone.Count > 0)
            _order.RemoveAll(target => gone.Contains(target.Key));
    }

    /// <summary>Steps to the next epoch. 0 and -1 mean something else, so it wraps to 1.</summary>
    public void Step() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    /// <summary>Puts the partitions that were served behind those that were not, so that the byte limit starves none.</summary>
    public void MoveToEnd(IReadOnlySet<FetchTarget> served)
    {
        if (served.Count > 0 && served.Count < _order.Count)
            _order = [.. _order.Where(target => !served.Contains(target)), .. _order.Where(served.Contains)];
    }
}
