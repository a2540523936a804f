using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Fetching;

/// <summary>What a fetch request asks for once its session is looked up.</summary>
/// <param name="Error">An error of the session; then nothing is read.</param>
/// <param name="Session">The session that goes on, or null.</param>
/// <param name="IsIncremental">Whether the answer leaves out partitions that have not changed.</param>
public sealed record FetchPlan(ErrorCode Error, FetchSession? Session, bool IsIncremental, IReadOnlyList<FetchTarget> Targets)
{
    /// <summary>A plan that only answers an error.</summary>
    public static FetchPlan Refused(ErrorCode error) => new(error, null, false, []);
}

/// <summary>The fetch sessions of a node (KIP-227).</summary>
/// <param name="slots">Sessions kept (max.incremental.fetch.session.cache.slots); a client beyond them is served without one.</param>
public sealed class FetchSessions(int slots, TimeProvider time)
{
    private const int NoSession = 0;
    private const int InitialEpoch = 0;
    private const int FinalEpoch = -1;
    private const short FirstWithTopicIds = 13;

    // A session that is still in use is not given up for a new one.
    private const long IdleBeforeEvictionMs = 120_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];

    /// <summary>Sessions at this moment.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _sessions.Count;
        }
    }

    /// <summary>Looks the session of a request up, begins or ends it.</summary>
    public FetchPlan Plan(FetchRequest request, short version)
    {
        var byId = version >= FirstWithTopicIds;
        lock (_gate)
        {
            if (request.SessionEpoch is InitialEpoch or FinalEpoch)
            {
                _sessions.Remove(request.SessionId);
                var targets = Targets(request, byId);
                return new(ErrorCode.None, request.SessionEpoch == InitialEpoch ? Begin(targets, byId) : null, false, targets);
            }
            if (request.SessionId == NoSession || !_sessions.TryGetValue(request.SessionId, out var session))
                return FetchPlan.Refused(ErrorCode.FetchSessionIdNotFound);
            if (session.NextEpoch != request.SessionEpoch)
                return FetchPlan.Refused(ErrorCode.InvalidFetchSessionEpoch);
            if (session.UsesTopicIds != byId)
                return FetchPlan.Refused(ErrorCode.FetchSessionTopicIdError);
            session.Update(Targets(request, byId), Forgotten(request, byId));
            session.Step();
            session.LastUsedMs = Now;
            if (session.Targets.Count > 0)
                return new(ErrorCode.None, session, true, [.. session.Targets]);
            _sessions.Remove(session.Id);
            return new(ErrorCode.None, null, false, []);
        }
    }

    /// <summary>Notes what a fetch of a session served.</summary>
    public void Served(FetchSession session, IReadOnlySet<FetchTarget> served)
    {
        lock (_gate)
            session.MoveToEnd(served);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private FetchSession? Begin(List<FetchTarget> targets, bool byId)
    {
        if (targets.Count == 0 || (_sessions.Count >= slots && !EvictIdle()))
            return null;
        int id;
        do
            id = Random.Shared.Next(1, int.MaxValue);
        while (_sessions.ContainsKey(id));
        var session = new FetchSession(id, byId) { LastUsedMs = Now };
        session.Update(targets, []);
        _sessions.Add(id, session);
        return session;
    }

    private bool EvictIdle()
    {
        var idlest = _sessions.Values.MinBy(session => session.LastUsedMs);
        return idlest is not null && Now - idlest.LastUsedMs > IdleBeforeEvictionMs && _sessions.Remove(idlest.Id);
    }

    private static List<FetchTarget> Targets(FetchRequest request, bool byId)
    {
        var targets = new List<FetchTarget>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                targets.Add(new FetchTarget(new FetchKey(byId ? topic.TopicId : Guid.Empty, byId ? "" : topic.Topic, partition.Partition))
                {
                    FetchOffset = partition.FetchOffset,
                    MaxBytes = partition.PartitionMaxBytes,
                    CurrentLeaderEpoch = partition.CurrentLeaderEpoch,
                    LastFetchedEpoch = partition.LastFetchedEpoch,
                });
            }
        }
        return targets;
    }

    private static IEnumerable<FetchKey> Forgotten(FetchRequest request, bool byId) =>
        from topic in request.ForgottenTopicsData
        from partition in topic.Partitions
        select new FetchKey(byId ? topic.TopicId : Guid.Empty, byId ? "" : topic.Topic, partition);
}
