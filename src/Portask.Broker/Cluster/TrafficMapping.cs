using Portask.Broker.Cluster.Proto;
using static Portask.Broker.Cluster.ClusterProtoMapping;

namespace Portask.Broker.Cluster;

/// <summary>What nodes tell of their traffic as protobuf messages and back.</summary>
internal static class TrafficMapping
{
    public static TrafficToldProto ToProto(TrafficTold m)
    {
        var topics = new Dictionary<Guid, TopicTrafficProto>();
        TopicTrafficProto Of(Guid topicId) => topics.TryGetValue(topicId, out var known) ? known : topics[topicId] = new() { TopicId = Bytes(topicId) };
        foreach (var (topicId, counts) in m.Topics)
        {
            var p = Of(topicId);
            (p.RecordsIn, p.BytesIn, p.RecordsOut, p.BytesOut) = (counts.RecordsIn, counts.BytesIn, counts.RecordsOut, counts.BytesOut);
        }
        foreach (var held in m.Partitions)
        {
            var p = Of(held.TopicId);
            p.Partitions.Add(held.Partition);
            p.Epochs.Add(held.Epoch);
            p.Sizes.Add(held.SizeBytes);
            p.Records.Add(held.Records);
        }
        return new() { Incarnation = m.Incarnation, AgeMs = m.AgeMs, UpTo = m.UpTo, IsWhole = m.IsWhole, Topics = { topics.Values } };
    }

    public static TrafficTold From(TrafficToldProto p)
    {
        var (topics, partitions) = (new List<TopicCounted>(), new List<PartitionHeld>());
        foreach (var topic in p.Topics)
        {
            var id = GuidOf(topic.TopicId);
            if (new Metrics.TopicCounts(topic.RecordsIn, topic.BytesIn, topic.RecordsOut, topic.BytesOut) is var counts && counts != default)
                topics.Add(new(id, counts));
            for (var i = 0; i < topic.Partitions.Count; i++)
                partitions.Add(new(id, topic.Partitions[i], topic.Epochs[i], topic.Sizes[i], topic.Records[i]));
        }
        return new(p.Incarnation, p.AgeMs, p.UpTo, p.IsWhole, topics, partitions);
    }
}
