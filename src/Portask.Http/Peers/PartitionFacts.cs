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
    /// <summary>Facts of some partitions of a topic; those that nobody leads, or whose leader does not answer, are missing.</summary>
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
        var told = elsewhere.GroupBy(partition => peers.TryLeaderOf(topic, partition)).Where(led => led.Key is not null)
            .Select(led => peers.TryAskAsync(led.Key!.Value, patience => FactsOfAsync(peers, led.Key.Value, topic, [.. led], patience), cancellation));
        foreach (var (partition, one) in (await Task.WhenAll(told).ConfigureAwait(false)).SelectMany(some => some ?? []))
            facts[partition] = one;
        return facts;
    }

    private static async Task<Dictionary<int, PartitionFacts>> FactsOfAsync(
        PeerRouter peers, int leader, TopicMetadata topic, List<int> partitions, CancellationToken cancellation)
    {
        var start = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Earliest, readCommitted: false, cancellation).ConfigureAwait(false);
        var end = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Latest, readCommitted: false, cancellation).ConfigureAwait(false);
        var stable = await peers.ListOffsetsAsync(topic, partitions, OffsetLookup.Latest, readCommitted: true, cancellation).ConfigureAwait(false);
        var request = new DescribeLogDirsRequest { Topics = [new() { Topic = topic.Name, Partitions = partitions }] };
        var dirs = await peers.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(leader, request, cancellation).ConfigureAwait(false);
        var sizes = dirs.Results.SelectMany(dir => dir.Topics).Where(one => one.Name == topic.Name).SelectMany(one => one.Partitions)
            .DistinctBy(one => one.PartitionIndex).ToDictionary(one => one.PartitionIndex, one => one.PartitionSize);
        return partitions.ToDictionary(partition => partition, partition => new PartitionFacts(
            Known(start, partition), Known(end, partition), Known(stable, partition), sizes.TryGetValue(partition, out var bytes) ? bytes : null));
    }

    private static long? Known(IReadOnlyDictionary<int, (long Offset, ErrorCode Error)> answers, int partition) =>
        answers.TryGetValue(partition, out var answer) && answer.Error == ErrorCode.None ? answer.Offset : null;
}
