using System.Diagnostics;
using Akka.Event;
using Portask.Broker.Metrics;
using Portask.Broker.Topics;
using Portask.Hosting;
using Portask.Http.Api;

namespace Portask.Http.Reading;

/// <summary>
/// What charts show: traffic of the cluster and of topics, and lag of groups, over the last hour in steps of ten seconds. A series
/// takes 1.5 KiB; there are four for each of at most 1,000 topics with traffic and one for each of at most 4,000 partitions of
/// groups, 12 MiB in all. What was idle for the hour goes first; beyond the bounds nothing new is taken. A step that some brokers are
/// missing in is the sum of the others and names them: one that is slow to answer would leave nothing of the chart of a busy cluster.
/// </summary>
internal sealed class History(Node node, Groups groups, ClusterTraffic traffic)
{
    public const int Steps = 360;
    public const int MostTopics = 1_000;
    public const int MostLags = 4_000;
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Track> _tracks = [];
    private readonly Dictionary<(string Group, string Topic, int Partition), Ring> _lags = [];
    private readonly Rings _all = new();
    private readonly Queue<(long Step, IReadOnlyList<int> Brokers)> _partial = new();
    private IReadOnlyList<int> _unread = [];
    private long _step = -1;
    private TimeSpan _sampledAt;
    private long _endMs;

    /// <summary>Samples until the node stops.</summary>
    public async Task RunAsync()
    {
        try
        {
            await node.Serving.Task.WaitAsync(node.Closing).ConfigureAwait(false);
            using var timer = new PeriodicTimer(Step);
            do
                await SampleAsync(node.Running!).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(node.Closing).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>A topic's traffic in the last step.</summary>
    public Traffic Now(Guid topicId)
    {
        lock (_gate)
            return _tracks.TryGetValue(topicId, out var track) ? track.Now : Traffic.None;
    }

    /// <summary>Brokers that did not answer in the last step, of which nothing is in its traffic.</summary>
    public IReadOnlyList<int> Unread
    {
        get
        {
            lock (_gate)
                return _unread;
        }
    }

    /// <summary>The cluster's traffic in the last step.</summary>
    public Traffic AllNow
    {
        get
        {
            lock (_gate)
                return Sum();
        }
    }

    /// <summary>Traffic of the cluster, or of one topic; all unknown where the topic had none.</summary>
    public TrafficSeries Read(Guid? topicId, int steps)
    {
        lock (_gate)
        {
            var rings = topicId is { } id ? _tracks.GetValueOrDefault(id)?.Rings : _all;
            return new(
                (int)Step.TotalSeconds, _endMs, rings is not null, _unread, Partial(steps),
                Of(rings?.RecordsIn, steps), Of(rings?.BytesIn, steps), Of(rings?.RecordsOut, steps), Of(rings?.BytesOut, steps));
        }
    }

    /// <summary>Lag of a group, by partition.</summary>
    public LagSeries ReadLags(string group, int steps)
    {
        lock (_gate)
        {
            var found = _lags.Where(entry => entry.Key.Group == group)
                .OrderBy(entry => entry.Key.Topic, StringComparer.Ordinal).ThenBy(entry => entry.Key.Partition)
                .Select(entry => new PartitionLagSeries(entry.Key.Topic, entry.Key.Partition, Of(entry.Value, steps)));
            return new((int)Step.TotalSeconds, _endMs, [.. found]);
        }
    }

    /// <summary>Takes one step, and leaves out those for which the node stood still.</summary>
    /// <param name="at">When, by a clock that nobody sets: rates go by it.</param>
    /// <param name="now">When it is for people.</param>
    internal void Sample(IReadOnlyCollection<TopicMetadata> topics, Elsewhere elsewhere, GroupsSeen seen, TimeSpan at, DateTimeOffset now)
    {
        lock (_gate)
        {
            var passed = _step < 0 ? Step : at - _sampledAt;
            _step += Math.Max(1, (long)Math.Round(passed / Step));
            (_sampledAt, _endMs, _unread) = (at, now.ToUnixTimeMilliseconds(), elsewhere.Unread);
            if (elsewhere.Missing.Count > 0)
                _partial.Enqueue((_step, elsewhere.Missing));
            while (_partial.TryPeek(out var oldest) && _step - oldest.Step >= Steps)
                _partial.Dequeue();
            SampleTopics(topics, elsewhere, Math.Max(0.001, passed.TotalSeconds));
            SampleLags(seen);
        }
    }

    private async Task SampleAsync(PortaskNode running)
    {
        try
        {
            var metadata = running.Broker.Node.Metadata;
            var elsewhere = traffic.TakeStepAsync(id => metadata.Find(id) is not null, node.Closing);
            var seen = groups.ReadAsync(node.Closing);
            await Task.WhenAll(elsewhere, seen).ConfigureAwait(false);
            Sample(metadata.Topics, await elsewhere.ConfigureAwait(false), await seen.ConfigureAwait(false), Stopwatch.GetElapsedTime(0), DateTimeOffset.UtcNow);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // One step is missing in the charts; the next one may go well.
            Logging.GetLogger(running.Actors, "http").Warning("Traffic and lag were not sampled: {Cause}", cause.Message);
        }
    }

    private IReadOnlyList<PartialStep> Partial(int steps) => [.. _partial.Where(one => _step - one.Step < steps)
        .Select(one => new PartialStep(_endMs - ((_step - one.Step) * (long)Step.TotalMilliseconds), one.Brokers))];

    private double?[] Of(Ring? ring, int steps) => ring?.Read(_step, steps) ?? new double?[steps];

    private void SampleTopics(IReadOnlyCollection<TopicMetadata> topics, Elsewhere elsewhere, double seconds)
    {
        var live = topics.Select(topic => topic.Id).ToHashSet();
        foreach (var gone in _tracks.Keys.Where(id => !live.Contains(id)).ToList())
            _tracks.Remove(gone);
        var kept = _tracks.Values.Count(track => track.Rings is not null);
        foreach (var topic in topics)
        {
            if (!_tracks.TryGetValue(topic.Id, out var track))
                _tracks[topic.Id] = track = new Track();
            track.Take(topic.Meter, elsewhere.PerSecond.GetValueOrDefault(topic.Id, Traffic.None), seconds);
            if (track.Now != Traffic.None)
                track.LastActive = _step;
            else if (track.Rings is not null && _step - track.LastActive >= Steps)
                (track.Rings, kept) = (null, kept - 1);
            if (track.Rings is null && track.Now != Traffic.None && kept < MostTopics)
                (track.Rings, kept) = (new Rings(), kept + 1);
            track.Rings?.Put(_step, track.Now);
        }
        _all.Put(_step, Sum());
    }

    private void SampleLags(GroupsSeen seen)
    {
        foreach (var group in seen.Groups)
        {
            foreach (var lag in group.Lags)
            {
                var key = (group.Id, lag.Topic, lag.Partition);
                if (lag.Lag is not { } value || (!_lags.ContainsKey(key) && _lags.Count >= MostLags))
                    continue;
                if (!_lags.TryGetValue(key, out var ring))
                    _lags[key] = ring = new Ring();
                ring.Put(_step, value);
            }
        }
        foreach (var (key, _) in _lags.Where(entry => _step - entry.Value.Last >= Steps).ToList())
            _lags.Remove(key);
    }

    private Traffic Sum() => _tracks.Values.Aggregate(Traffic.None, (sum, track) => track.Now == Traffic.None ? sum : sum + track.Now);

    private sealed class Rings
    {
        public Ring RecordsIn { get; } = new();
        public Ring BytesIn { get; } = new();
        public Ring RecordsOut { get; } = new();
        public Ring BytesOut { get; } = new();

        public void Put(long step, Traffic traffic)
        {
            RecordsIn.Put(step, traffic.RecordsIn);
            BytesIn.Put(step, traffic.BytesIn);
            RecordsOut.Put(step, traffic.RecordsOut);
            BytesOut.Put(step, traffic.BytesOut);
        }
    }

    private sealed class Track
    {
        private TopicCounts _before;

        public Traffic Now { get; private set; } = Traffic.None;
        public Rings? Rings { get; set; }
        public long LastActive { get; set; }

        public void Take(TopicMeter meter, Traffic elsewhere, double seconds)
        {
            var counts = meter.Counts;
            var here = Traffic.Between(_before, counts, seconds);
            _before = counts;
            Now = elsewhere == Traffic.None ? here : here + elsewhere;
        }
    }
}
