using System.Globalization;
using Portask.Http;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Server.Doctor;

/// <summary>Looks for partitions that cannot be written or read, and for those that one more failure would take.</summary>
internal static class TopicCheck
{
    private const string Name = "topics";
    private const int TopicResource = 2;

    // Their min.insync.replicas is asked for; the rest is like them.
    private const int TopicsAsked = 100;

    private static readonly ApiVersions DescribeConfigs = new(1, 4);

    public static async Task RunAsync(Cluster cluster, Findings findings, CancellationToken cancellation)
    {
        var topics = cluster.Metadata.Topics;
        foreach (var failed in topics.Where(topic => topic.ErrorCode != ErrorCode.None).GroupBy(topic => topic.ErrorCode))
        {
            findings.Problem(Name, $"Metadata answers {ErrorNames.Of(failed.Key)} for {Findings.Few([.. failed.Select(topic => topic.Name ?? "?")])}",
                "Clients get the same answer, and retry or fail.",
                failed.Key == ErrorCode.TopicAuthorizationFailed ? "This user may not see the topic." : "Look at the broker's log; a topic that is being created or deleted does this for a moment.");
        }
        var partitions = topics.Where(topic => topic.ErrorCode == ErrorCode.None).SelectMany(topic => topic.Partitions.Select(one => new Place(topic.Name ?? "?", one))).ToList();
        var ids = cluster.Metadata.Brokers.Select(broker => broker.NodeId).ToHashSet();
        var offline = partitions.Where(place => !ids.Contains(place.Partition.LeaderId)).ToList();
        if (offline.Count > 0)
        {
            findings.Problem(Name, $"{Findings.Count(offline.Count, "partition")} without a leader: {Few(offline)}",
                "Nobody can write to them or read from them; producers wait until delivery.timeout.ms and then lose the records.",
                "Bring back a broker that has them (replicas: " + Replicas(offline) + "). On Portask any node starts them when the database answers: look at /health/ready.");
        }
        var behind = partitions.Except(offline).Where(place => place.Partition.IsrNodes.Count < place.Partition.ReplicaNodes.Count).ToList();
        if (behind.Count > 0)
            await LookAtReplicasAsync(cluster, behind, findings, cancellation);
        if (offline.Count == 0 && behind.Count == 0)
            findings.Ok(Name, $"{Findings.Count(topics.Count, "topic")} with {Findings.Count(partitions.Count, "partition")}, all with a leader and all replicas in sync");
        LookForSingleCopies(cluster, partitions, findings);
    }

    private static async Task LookAtReplicasAsync(Cluster cluster, List<Place> behind, Findings findings, CancellationToken cancellation)
    {
        var least = await AskLeastReplicasAsync(cluster, [.. behind.Select(place => place.Topic).Distinct().Take(TopicsAsked)], findings, cancellation);
        var blocked = behind.Where(place => least.TryGetValue(place.Topic, out var needed) && place.Partition.IsrNodes.Count < needed).ToList();
        if (blocked.Count > 0)
        {
            findings.Problem(Name, $"{Findings.Count(blocked.Count, "partition")} with fewer replicas in sync than min.insync.replicas: {Few(blocked)}",
                "Producers with acks=all get NOT_ENOUGH_REPLICAS and can write nothing.",
                "Bring back the missing brokers: " + Missing(blocked) + ". Lowering min.insync.replicas lets producers go on, with less safety.");
        }
        if (behind.Count > blocked.Count)
        {
            var rest = behind.Except(blocked).ToList();
            findings.Warn(Name, $"{Findings.Count(rest.Count, "partition")} under-replicated: {Few(rest)}",
                "They work, and one more failure may take them.",
                "Bring back the missing brokers: " + Missing(rest) + ".");
        }
    }

    private static async Task<Dictionary<string, int>> AskLeastReplicasAsync(Cluster cluster, IReadOnlyList<string> topics, Findings findings, CancellationToken cancellation)
    {
        if (cluster.Brokers.Count == 0)
            return [];
        var request = new DescribeConfigsRequest
        {
            Resources = [.. topics.Select(topic => new DescribeConfigsRequestDescribeConfigsResource
            {
                ResourceType = TopicResource,
                ResourceName = topic,
                ConfigurationKeys = ["min.insync.replicas"],
            })],
        };
        var answer = await cluster.TryAskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(cluster.Brokers.Keys.First(), request, DescribeConfigs, Name, findings, cancellation);
        return answer is null ? [] : answer.Results
            .Where(result => result.ErrorCode == ErrorCode.None && result.Configs.Count == 1 && int.TryParse(result.Configs[0].Value, CultureInfo.InvariantCulture, out _))
            .ToDictionary(result => result.ResourceName, result => int.Parse(result.Configs[0].Value!, CultureInfo.InvariantCulture));
    }

    private static void LookForSingleCopies(Cluster cluster, List<Place> partitions, Findings findings)
    {
        var single = partitions.Where(place => place.Partition.ReplicaNodes.Count == 1).Select(place => place.Topic).Distinct().ToList();
        if (cluster.Metadata.Brokers.Count > 1 && single.Count > 0)
        {
            findings.Note(Name, $"{Findings.Count(single.Count, "topic")} with replication factor 1: {Findings.Few(single)}",
                "On Apache Kafka they are gone with their broker. On Portask the database keeps the records, and another node takes them over.",
                "On Apache Kafka, reassign them to more brokers; create topics with a replication factor of 3.");
        }
    }

    private static string Few(IReadOnlyList<Place> places) => Findings.Few([.. places.Select(place => $"{place.Topic}[{place.Partition.PartitionIndex}]")]);

    private static string Replicas(IEnumerable<Place> places) => Numbers(places.SelectMany(place => place.Partition.ReplicaNodes));

    private static string Missing(IEnumerable<Place> places) => Numbers(places.SelectMany(place => place.Partition.ReplicaNodes.Except(place.Partition.IsrNodes)));

    private static string Numbers(IEnumerable<int> ids) =>
        Findings.Few([.. ids.Distinct().Order().Select(id => id.ToString(CultureInfo.InvariantCulture))]) is { Length: > 0 } named ? named : "none known";

    private sealed record Place(string Topic, MetadataResponsePartition Partition);
}
