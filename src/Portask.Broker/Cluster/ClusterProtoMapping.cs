using Google.Protobuf;
using Portask.Broker.Cluster.Proto;
using Portask.Broker.Topics;

namespace Portask.Broker.Cluster;

/// <summary>What nodes tell of themselves as protobuf messages and back.</summary>
internal static class ClusterProtoMapping
{
    public static NodeStateProto ToProto(NodeState m)
    {
        var broker = new BrokerProto { Id = m.Broker.NodeId, Host = m.Broker.Host, Port = m.Broker.Port };
        if (m.Broker.Rack is not null)
            broker.Rack = m.Broker.Rack;
        return new() { Broker = broker, Version = m.Version, Part = m.Part, Parts = m.Parts, Leads = { ByTopic(m.Leads) }, TellsTraffic = m.TellsTraffic };
    }

    public static NodeState From(NodeStateProto p) => new(
        new BrokerEndpoint(p.Broker.Id, p.Broker.Host, p.Broker.Port, p.Broker.HasRack ? p.Broker.Rack : null), p.Version, p.Part, p.Parts, Flat(p.Leads),
        p.TellsTraffic);

    public static LeadersChangedProto ToProto(LeadersChanged m) =>
        new() { BrokerId = m.BrokerId, Version = m.Version, Started = { ByTopic(m.Started) }, Stopped = { ByTopic(m.Stopped) } };

    public static LeadersChanged From(LeadersChangedProto p) => new(p.BrokerId, p.Version, Flat(p.Started), Flat(p.Stopped));

    public static RegisterBrokerProto ToProto(RegisterBroker m)
    {
        var p = new RegisterBrokerProto { NodeKey = m.NodeKey, WantedId = m.WantedId };
        if (m.Rack is not null)
            p.Rack = m.Rack;
        return p;
    }

    public static RegisterBroker From(RegisterBrokerProto p) => new(p.NodeKey, p.WantedId, p.HasRack ? p.Rack : null);

    public static PartitionProto ToProto(Guid topicId, int partition, int epoch) =>
        new() { TopicId = Bytes(topicId), Partition = partition, LeaderEpoch = epoch };

    public static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    public static Guid GuidOf(ByteString bytes) => new(bytes.Span, bigEndian: true);

    private static IEnumerable<TopicLeadersProto> ByTopic(IEnumerable<PartitionEpoch> partitions) =>
        partitions.GroupBy(one => one.TopicId).Select(topic => new TopicLeadersProto
        {
            TopicId = Bytes(topic.Key),
            Partitions = { topic.Select(one => one.Partition) },
            Epochs = { topic.Select(one => one.Epoch) },
        });

    private static List<PartitionEpoch> Flat(IEnumerable<TopicLeadersProto> topics)
    {
        var flat = new List<PartitionEpoch>();
        foreach (var topic in topics)
        {
            var id = GuidOf(topic.TopicId);
            for (var i = 0; i < topic.Partitions.Count; i++)
                flat.Add(new PartitionEpoch(id, topic.Partitions[i], topic.Epochs[i]));
        }
        return flat;
    }
}
