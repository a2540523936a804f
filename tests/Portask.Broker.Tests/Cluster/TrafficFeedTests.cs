using Google.Protobuf;
using Portask.Broker.Cluster;
using Portask.Broker.Metrics;

namespace Portask.Broker.Tests.Cluster;

/// <summary>What a node tells of its traffic, and that it tells nothing twice.</summary>
public sealed class TrafficFeedTests
{
    private static readonly Guid[] Ids = [.. Enumerable.Range(0, 12_000).Select(_ => Guid.NewGuid())];

    private readonly TrafficFeed _feed = new();

    [Fact]
    public void Who_asks_again_is_told_only_what_changed()
    {
        _feed.Look([Counted(0, 1), Counted(1, 1)], [Held(0, 5), Held(1, 5)]);
        var first = _feed.Since(0, 7, 100);
        _feed.Look([Counted(0, 1), Counted(1, 2)], [Held(0, 6), Held(1, 5)]);
        var second = _feed.Since(first.UpTo, 7, 200);

        Assert.Equal((7, 100, true, 2, 2), (first.Incarnation, first.AgeMs, first.IsWhole, first.Topics.Count, first.Partitions.Count));
        Assert.Equal((200, true), (second.AgeMs, second.IsWhole));
        Assert.Equal(Counted(1, 2), Assert.Single(second.Topics));
        Assert.Equal(Held(0, 6), Assert.Single(second.Partitions));
        Assert.Empty(_feed.Since(second.UpTo, 7, 300).Partitions);
        // Another one, who knows nothing yet, is told each thing once and as it is.
        Assert.Equivalent(new[] { Counted(0, 1), Counted(1, 2) }, _feed.Since(0, 7, 300).Topics);
    }

    [Fact]
    public void A_topic_without_traffic_and_what_runs_here_no_longer_are_not_told()
    {
        _feed.Look([Counted(0, 0), Counted(1, 1)], [Held(0, 5), Held(1, 5)]);
        _feed.Look([Counted(1, 1)], [Held(1, 5)]);
        var told = _feed.Since(0, 7, 0);

        Assert.Equal(Ids[1], Assert.Single(told.Topics).TopicId);
        Assert.Equal(Ids[1], Assert.Single(told.Partitions).TopicId);
    }

    [Fact]
    public void A_partition_that_comes_back_is_told_again()
    {
        _feed.Look([], [Held(0, 5)]);
        var known = _feed.Since(0, 7, 0).UpTo;
        _feed.Look([], []);
        _feed.Look([], [Held(0, 5)]);

        Assert.Equal(Held(0, 5), Assert.Single(_feed.Since(known, 7, 0).Partitions));
    }

    [Fact]
    public void Much_goes_in_messages_of_bounded_size_and_what_changes_meanwhile_is_told_behind()
    {
        long Most(int topic) => long.MaxValue - topic;
        _feed.Look(
            Ids.Select((id, i) => new TopicCounted(id, new(Most(i), Most(i), Most(i), Most(i)))),
            Ids.Select((id, i) => new PartitionHeld(id, int.MaxValue, -1, Most(i), Most(i))));
        var (counts, sizes, messages) = (new Dictionary<Guid, TopicCounts>(), new Dictionary<Guid, long>(), 0);
        for (TrafficTold? told = null; told is not { IsWhole: true }; messages++)
        {
            told = _feed.Since(told?.UpTo ?? 0, 7, 0);
            Assert.InRange(TrafficMapping.ToProto(told).CalculateSize(), 0, MessageBound.MostBytes);
            foreach (var topic in told.Topics)
                counts[topic.TopicId] = topic.Counts;
            foreach (var partition in told.Partitions)
                sizes[partition.TopicId] = partition.SizeBytes;
            if (messages == 0)
                _feed.Look(Ids.Select(id => new TopicCounted(id, new(1, 1, 1, 1))), Ids.Select((id, i) => new PartitionHeld(id, int.MaxValue, -1, Most(i), Most(i))));
        }

        Assert.InRange(messages, 6, 12);
        Assert.Equal(Ids.Length, sizes.Count);
        Assert.All(Ids, id => Assert.Equal(new TopicCounts(1, 1, 1, 1), counts[id]));
    }

    private static TopicCounted Counted(int topic, long records) => new(Ids[topic], new(records, records * 100, 0, 0));

    private static PartitionHeld Held(int topic, long records) => new(Ids[topic], 0, 1, records * 100, records);
}
