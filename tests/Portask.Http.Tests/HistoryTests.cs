using Portask.Broker.Topics;
using Portask.Hosting;
using Portask.Http.Api;
using Portask.Http.Reading;
using Portask.State.Groups;

namespace Portask.Http.Tests;

/// <summary>What is kept for charts, and that it stays within its bounds.</summary>
public sealed class HistoryTests
{
    private readonly History _history = Make();
    private TimeSpan _at;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_rate_is_what_was_counted_by_the_time_it_took()
    {
        var topic = Topic("a");
        Sample([topic]);
        topic.Meter.Produced(0, 50, 5000);
        Sample([topic]);
        Assert.Equal(new Traffic(5, 500, 0, 0), _history.Now(topic.Id));
        Sample([topic]);
        Assert.Equal(Traffic.None, _history.Now(topic.Id));
        var series = _history.Read(topic.Id, 4);
        Assert.Equal([null, null, 5, 0], series.RecordsIn);
        Assert.Equal([null, 0, 5, 0], _history.Read(null, 4).RecordsIn);
    }

    [Fact]
    public void Traffic_of_other_brokers_is_added_and_a_step_without_one_of_them_names_it()
    {
        var (here, there) = (Topic("here"), Topic("there"));
        Elsewhere Told(double records, params int[] unread) =>
            new(new Dictionary<Guid, Traffic> { [here.Id] = new(records, 0, 0, 0), [there.Id] = new(records, 0, 0, 0) }, unread, unread);
        here.Meter.Produced(0, 50, 5000);
        Sample([here, there], elsewhere: Told(2));
        Assert.Equal(7, _history.Now(here.Id).RecordsIn);
        Assert.Equal(9, _history.AllNow.RecordsIn);
        here.Meter.Produced(0, 50, 5000);
        Sample([here, there], elsewhere: Told(0, 3));

        Assert.Equal([3], _history.Unread);
        Assert.Equal([3], _history.Read(null, 1).Unread);
        Assert.Equal(5, _history.AllNow.RecordsIn);
        Assert.Equal([9, 5], _history.Read(null, 2).RecordsIn);
        Assert.Equal([7, 5], _history.Read(here.Id, 2).RecordsIn);
        var lacking = Assert.Single(_history.Read(here.Id, 1).Partial);
        Assert.Equal((_now.ToUnixTimeMilliseconds(), 3), (lacking.EndMs, Assert.Single(lacking.Brokers)));
        Sample([here, there]);
        Assert.Equal([2, 0, 0], _history.Read(there.Id, 3).RecordsIn);
        Assert.Empty(_history.Unread);
        Assert.Empty(_history.Read(null, 1).Partial);
        Assert.Equal(lacking.EndMs, Assert.Single(_history.Read(null, 2).Partial).EndMs);
        for (var step = 0; step < History.Steps; step++)
            Sample([here, there]);
        Assert.Empty(_history.Read(null, History.Steps).Partial);
    }

    [Fact]
    public void A_clock_that_is_set_makes_no_rate_higher_or_lower()
    {
        var topic = Topic("a");
        Sample([topic]);
        topic.Meter.Produced(0, 50, 5000);
        _now -= TimeSpan.FromHours(1);
        Sample([topic]);

        Assert.Equal(5, _history.Now(topic.Id).RecordsIn);
        Assert.Equal([0, 5], _history.Read(null, 2).RecordsIn);
    }

    [Fact]
    public void For_how_long_a_node_stood_still_there_are_no_steps()
    {
        var topic = Topic("a");
        topic.Meter.Produced(0, 10, 10);
        var seen = new GroupsSeen([new GroupSeen("g", GroupState.None, [Lag("t", 0, committed: 1, end: 3)])], 0, []);
        for (var step = 0; step < History.Steps; step++)
            Sample([topic], seen);
        topic.Meter.Produced(0, 80, 80);
        _at += 3 * History.Step;
        Sample([topic], seen);

        Assert.Equal([0, null, null, null, 2], _history.Read(null, 5).RecordsIn);
        Assert.Equal([0, null, null, null, 2], _history.Read(topic.Id, 5).RecordsIn);
        Assert.Equal([2, null, null, null, 2], _history.ReadLags("g", 5).Partitions[0].Lag);
        // What a group that is not seen had an hour ago is not what it has.
        Sample([topic]);
        Assert.Equal([2, null], _history.ReadLags("g", 2).Partitions[0].Lag);
    }

    [Fact]
    public void An_hour_later_the_ring_shows_nothing_of_before()
    {
        var topic = Topic("a");
        topic.Meter.Produced(0, 50, 5000);
        for (var step = 0; step < History.Steps + 5; step++)
            Sample([topic]);
        Assert.DoesNotContain(_history.Read(null, History.Steps).RecordsIn, value => value > 0);
    }

    [Fact]
    public void Topics_beyond_the_bound_have_rates_but_no_series_until_others_are_idle()
    {
        var topics = Enumerable.Range(0, History.MostTopics + 10).Select(i => Topic($"t{i}")).ToList();
        foreach (var topic in topics)
            topic.Meter.Produced(0, 10, 10);
        Sample(topics);
        Assert.Equal(History.MostTopics, topics.Count(topic => _history.Read(topic.Id, 1).IsKept));
        Assert.All(topics, topic => Assert.True(_history.Now(topic.Id).RecordsIn > 0));
        var late = topics.First(topic => !_history.Read(topic.Id, 1).IsKept);
        for (var step = 0; step <= History.Steps; step++)
            Sample(topics);
        late.Meter.Produced(0, 10, 10);
        Sample(topics);
        Assert.True(_history.Read(late.Id, 1).IsKept);
    }

    [Fact]
    public void A_topic_that_is_deleted_is_forgotten()
    {
        var topic = Topic("a");
        topic.Meter.Produced(0, 1, 1);
        Sample([topic]);
        Sample([]);
        Assert.False(_history.Read(topic.Id, 1).IsKept);
        Assert.Equal(Traffic.None, _history.Now(topic.Id));
    }

    [Fact]
    public void Lag_is_kept_by_partition_within_a_bound_and_for_an_hour()
    {
        var partitions = Enumerable.Range(0, History.MostLags + 10).Select(partition => Lag("t", partition, committed: 1, end: 3 + partition)).ToList();
        Sample([], new GroupsSeen([new GroupSeen("g", GroupState.None, partitions)], 0, []));
        var kept = _history.ReadLags("g", 2);
        Assert.Equal(History.MostLags, kept.Partitions.Count);
        Assert.Equal([null, 7], kept.Partitions[5].Lag);
        Sample([]);
        Assert.Equal([7, null], _history.ReadLags("g", 2).Partitions[5].Lag);
        for (var step = 0; step < History.Steps; step++)
            Sample([]);
        Assert.Empty(_history.ReadLags("g", 2).Partitions);
    }

    private static History Make()
    {
        var node = new Node(new NodeOptions());
        var peers = new Peers.PeerRouter(node);
        return new History(node, new Reading.Groups(node, peers), new ClusterTraffic(node, peers));
    }

    private static TopicMetadata Topic(string name) => new(name, Guid.NewGuid(), 1, 1, new TopicSettings(), new Dictionary<string, string>());

    private static PartitionLag Lag(string topic, int partition, long committed, long end) =>
        new(topic, partition, new CommittedOffset(Guid.Empty, committed, -1, null, 0, null), end);

    private void Sample(IReadOnlyCollection<TopicMetadata> topics, GroupsSeen? seen = null, Elsewhere? elsewhere = null)
    {
        _at += History.Step;
        _now += History.Step;
        _history.Sample(topics, elsewhere ?? Elsewhere.Nothing, seen ?? GroupsSeen.Nothing, _at, _now);
    }
}
