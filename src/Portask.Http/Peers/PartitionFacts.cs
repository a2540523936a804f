using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Http.Api;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Http.Peers;

/// <summary>Offsets and size of a partition; null where nobody tells them.</summary>
internal sealed record PartitionFacts(long? Start, long? End, long? Stable, long? SizeBytes);

/// <summary>Tells of partitions what their leaders know.</summary>
internal static class PartitionFactsReader
{
    /// <summary>Facts of some partitions of a topic; those that nobody leads are missing.</summary>
    public static async Task<IReadOnlyDictionary<int, PartitionFacts>> FactsAsync(
        this PeerRouter peers, BrokerNode broker, TopicMetadata topic, IReadOnlyList<int> partitions, CancellationToken cancellation)
    {
        var facts = new Dictionary<int, PartitionFacts>();
        var elsewhere = new List<int>();
        foreach (var partition in partitions)
        {
            if (broker.Partitions.Find(topic.Id, partition) is { } reader)
                facts[partition] = new(reader.LogStartOffset, reader.HighWatermark, reader.LastStableOffset, reader.SizeInBytes);
            else
                elsewhere.Add(partition);
        }
        if (!broker.IsClustered)
            return facts;
        foreach (var led in elsewhere.GroupBy(partition => peers.TryLeaderOf(topic, partition)))
        {
            if (led.Key is { } leader)
                await AddAsync(peers, leader, topic, [.. led], facts, cancellation).ConfigureAwait(false);
        }
        return facts;
    }

    private static async Task AddAsync(
        PeerRouter peers, int leader, TopicMetadata topic, List<int> partitions, Dictionary<int, PartitionFacts> facts, CancellationToken cancellation)
    {
        try
        {
            var start = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Earliest, readCommitted: false, cancellation).ConfigureAwait(false);
            var end = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Latest, readCommitted: false, cancellation).ConfigureAwait(false);
            var stable = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Latest, readCommitted: true, cancellation).ConfigureAwait(false);
            var request = new DescribeLogDirsRequest { Topics = [new() { Topic = topic.Name, Partitions = partitions }] };
            var dirs = await peers.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(leader, request, cancellation).ConfigureAwait(false);
            var sizes = dirs.Results.SelectMany(dir => dir.Topics).Where(one => one.Name == topic.Name).SelectMany(one => one.Partitions)
                .DistinctBy(one => one.PartitionIndex).ToDictionary(one => one.PartitionIndex, one => one.PartitionSize);
            foreach (var partition in partitions)
            {
                var size = sizes.TryGetValue(partition, out var bytes) ? bytes : (long?)null;
                facts[partition] = new(Known(start[partition]), Known(end[partition]), Known(stable[partition]), size);
            }
        }
        catch (ApiException)
        {
            // Its leader is away: the page tells who leads, and of the rest nothing.
        }
    }

    private static long? Known((long Offset, ErrorCode Error) answer) => answer.Error == ErrorCode.None ? answer.Offset : null;
}
