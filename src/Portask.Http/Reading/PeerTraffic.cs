using Portask.Broker.Cluster;
using Portask.Broker.Metrics;
using Portask.Http.Api;

namespace Portask.Http.Reading;

/// <summary>
/// What another broker has told of its traffic. Its rates go by its own counters and its own clock: a partition that moves leaves
/// what it had counted where it was, and an answer that comes late makes none higher.
/// </summary>
internal sealed class PeerTraffic
{
    private readonly Dictionary<Guid, (TopicCounts Before, TopicCounts Now)> _topics = [];
    private readonly HashSet<Guid> _moved = [];
    private long _incarnation;
    private long _upTo;
    private long _ageMs;
    private long? _ageBeforeMs;
    private bool _hasRestarted;

    /// <summary>What to ask it for.</summary>
    public TrafficWanted Wanted => new(_incarnation, _upTo);

    /// <summary>Topics of which it told traffic.</summary>
    public IReadOnlyCollection<Guid> Topics => _topics.Keys;

    /// <summary>Takes what it told.</summary>
    public void Take(TrafficTold told)
    {
        if (told.Incarnation != _incarnation)
        {
            _hasRestarted = _incarnation != 0;
            (_incarnation, _ageBeforeMs) = (told.Incarnation, null);
            _topics.Clear();
            _moved.Clear();
        }
        (_upTo, _ageMs) = (told.UpTo, told.AgeMs);
        foreach (var (topicId, counts) in told.Topics)
        {
            _topics[topicId] = (_topics.GetValueOrDefault(topicId).Before, counts);
            _moved.Add(topicId);
        }
    }

    /// <summary>
    /// Traffic since the last step, of topics that had some. Null where it is not known, because its counters have begun anew, or
    /// had counted for longer than it was asked.
    /// </summary>
    public IReadOnlyDictionary<Guid, Traffic>? TakeStep()
    {
        var isKnown = !_hasRestarted && (_ageBeforeMs is not null || _ageMs <= 2 * History.Step.TotalMilliseconds);
        var ms = _ageBeforeMs is { } before ? _ageMs - before : Math.Max(_ageMs, History.Step.TotalMilliseconds);
        var step = new Dictionary<Guid, Traffic>();
        foreach (var topicId in _moved)
        {
            var (earlier, now) = _topics[topicId];
            step[topicId] = Traffic.Between(earlier, now, Math.Max(1, ms) / 1000);
            _topics[topicId] = (now, now);
        }
        _moved.Clear();
        (_ageBeforeMs, _hasRestarted) = (_ageMs, false);
        return isKnown ? step : null;
    }

    /// <summary>Drops topics that are no more.</summary>
    public void Forget(IReadOnlySet<Guid> gone)
    {
        foreach (var topicId in gone)
        {
            _topics.Remove(topicId);
            _moved.Remove(topicId);
        }
    }
}
