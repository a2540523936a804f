using Portask.Http;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>What the leader of a partition says of its log.</summary>
/// <param name="Start">The first offset that is kept.</param>
/// <param name="End">The offset behind the last record.</param>
/// <param name="StableEnd">The offset up to which no transaction is open.</param>
/// <param name="NewestMs">The largest time of a record; -1 when there is none or the broker cannot tell.</param>
internal sealed record PartitionOffsets(long Start, long End, long StableEnd, long NewestMs);

/// <summary>Asks all leaders for the offsets of their partitions, once, for the checks that compare with them.</summary>
internal static class OffsetSurvey
{
    private const string Name = "topics";
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long Newest = -3;
    private const int PartitionsAtOnce = 1000;

    private static readonly ApiVersions Known = new(2, 9);

    public static async Task<Dictionary<(string Topic, int Partition), PartitionOffsets>> RunAsync(Cluster cluster, Findings findings, CancellationToken cancellation)
    {
        var offsets = new Dictionary<(string, int), PartitionOffsets>();
        var led = cluster.Metadata.Topics
            .Where(topic => topic.ErrorCode == ErrorCode.None)
            .SelectMany(topic => topic.Partitions.Select(partition => (Key: (Topic: topic.Name!, Partition: partition.PartitionIndex), partition.LeaderId)))
            .Where(partition => cluster.Brokers.ContainsKey(partition.LeaderId));
        foreach (var leader in led.GroupBy(partition => partition.LeaderId))
        {
            foreach (var some in leader.Select(partition => partition.Key).Chunk(PartitionsAtOnce))
            {
                var start = await AskAsync(cluster, leader.Key, some, Earliest, committed: false, findings, cancellation);
                var end = await AskAsync(cluster, leader.Key, some, Latest, committed: false, findings, cancellation);
                var stable = await AskAsync(cluster, leader.Key, some, Latest, committed: true, findings, cancellation);
                var newest = KnowsNewest(cluster.Brokers[leader.Key]) ? await AskAsync(cluster, leader.Key, some, Newest, committed: false, findings, cancellation) : [];
                foreach (var key in some.Where(key => start.ContainsKey(key) && end.ContainsKey(key)))
                    offsets[key] = new(start[key].Offset, end[key].Offset, stable.GetValueOrDefault(key)?.Offset ?? end[key].Offset, newest.GetValueOrDefault(key)?.Timestamp ?? -1);
            }
        }
        return offsets;
    }

    private static bool KnowsNewest(KafkaConnection broker) => broker.Served.TryGetValue(ApiKey.ListOffsets, out var served) && served.Max >= 7;

    private static async Task<Dictionary<(string Topic, int Partition), ListOffsetsResponseListOffsetsPartitionResponse>> AskAsync(
        Cluster cluster, int leader, (string Topic, int Partition)[] keys, long time, bool committed, Findings findings, CancellationToken cancellation)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            IsolationLevel = (sbyte)(committed ? 1 : 0),
            Topics = [.. keys.GroupBy(key => key.Topic).Select(topic => new ListOffsetsRequestListOffsetsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(key => new ListOffsetsRequestListOffsetsPartition { PartitionIndex = key.Partition, Timestamp = time })],
            })],
        };
        var answer = await cluster.TryAskAsync<ListOffsetsRequest, ListOffsetsResponse>(leader, request, Known, Name, findings, cancellation);
        var all = answer?.Topics.SelectMany(topic => topic.Partitions.Select(partition => (Key: (topic.Name, partition.PartitionIndex), partition))).ToList() ?? [];
        var failed = all.Where(one => one.partition.ErrorCode != ErrorCode.None).ToList();
        if (failed.Count > 0 && time == Latest && !committed)
        {
            findings.Problem(Name, $"broker {leader} answers {string.Join(", ", failed.Select(one => ErrorNames.Of(one.partition.ErrorCode)).Distinct())} to ListOffsets of {Findings.Few([.. failed.Select(one => $"{one.Key.Name}[{one.Key.PartitionIndex}]")])}",
                "Consumers of these partitions cannot find where to begin.",
                "Moves and restarts do this for seconds. If it lasts, look at the broker's log.");
        }
        return all.Except(failed).ToDictionary(one => one.Key, one => one.partition);
    }
}
