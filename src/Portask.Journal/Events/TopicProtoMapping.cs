using System.Collections.Immutable;
using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Topics;

namespace Portask.Journal.Events;

/// <summary>The registry's events and snapshot as protobuf messages and back.</summary>
internal static class TopicProtoMapping
{
    public static IMessage ToProto(object journaled) => journaled switch
    {
        TopicCreated e => new TopicCreatedProto
        {
            TopicId = Bytes(e.TopicId),
            Name = e.Name,
            PartitionCount = e.PartitionCount,
            ReplicationFactor = e.ReplicationFactor,
            Configs = { e.Configs.ToDictionary() },
            AtMs = e.AtMs,
        },
        TopicDeleted e => new TopicDeletedProto { TopicId = Bytes(e.TopicId), AtMs = e.AtMs },
        TopicPurged e => new TopicPurgedProto { TopicId = Bytes(e.TopicId) },
        PartitionsAdded e => new PartitionsAddedProto { TopicId = Bytes(e.TopicId), PartitionCount = e.PartitionCount, AtMs = e.AtMs },
        TopicConfigsAltered e => new TopicConfigsAlteredProto { TopicId = Bytes(e.TopicId), Changes = { e.Changes.Select(ToProto) }, AtMs = e.AtMs },
        BrokerConfigsAltered e => new BrokerConfigsAlteredProto { Broker = e.Broker, Changes = { e.Changes.Select(ToProto) }, AtMs = e.AtMs },
        ProducerIdsAllotted e => new ProducerIdsAllottedProto { NextProducerId = e.NextProducerId, NodeId = e.NodeId },
        TopicRegistrySnapshot e => new TopicRegistrySnapshotProto
        {
            Topics = { e.Topics.Select(ToProto) },
            Deleted = { e.Deleted.Select(topic => new DeletedTopicProto { TopicId = Bytes(topic.Id), PartitionCount = topic.PartitionCount }) },
            NextProducerId = e.NextProducerId,
            BrokerConfigs = { e.BrokerConfigs.Select(broker => new BrokerConfigsProto { Broker = broker.Key, Configs = { broker.Value.ToDictionary() } }) },
            Brokers = { e.Brokers.Select(ToProto) },
            NextBrokerId = e.NextBrokerId,
        },
        BrokerRegistered e => ToProto(e),
        BrokerUnregistered e => new BrokerUnregisteredProto { BrokerId = e.BrokerId, AtMs = e.AtMs },
        _ => throw new ArgumentException($"{journaled.GetType().Name} is nothing that the topic registry journals", nameof(journaled)),
    };

    public static TopicCreated From(TopicCreatedProto p) =>
        new(Id(p.TopicId), p.Name, p.PartitionCount, (short)p.ReplicationFactor, p.Configs.ToDictionary(), p.AtMs);

    public static TopicDeleted From(TopicDeletedProto p) => new(Id(p.TopicId), p.AtMs);

    public static TopicPurged From(TopicPurgedProto p) => new(Id(p.TopicId));

    public static PartitionsAdded From(PartitionsAddedProto p) => new(Id(p.TopicId), p.PartitionCount, p.AtMs);

    public static TopicConfigsAltered From(TopicConfigsAlteredProto p) =>
        new(Id(p.TopicId), Changes(p.Changes), p.AtMs);

    public static BrokerConfigsAltered From(BrokerConfigsAlteredProto p) => new(p.Broker, Changes(p.Changes), p.AtMs);

    public static ProducerIdsAllotted From(ProducerIdsAllottedProto p) => new(p.NextProducerId, p.NodeId);

    public static TopicRegistrySnapshot From(TopicRegistrySnapshotProto p) => new(
        [.. p.Topics.Select(From)],
        [.. p.Deleted.Select(topic => new DeletedTopic(Id(topic.TopicId), topic.PartitionCount))],
        p.NextProducerId,
        p.BrokerConfigs.ToDictionary(broker => broker.Broker, broker => (IReadOnlyDictionary<string, string>)broker.Configs.ToDictionary()))
    {
        Brokers = [.. p.Brokers.Select(broker => new RegisteredBroker(broker.BrokerId, broker.NodeKey, broker.HasRack ? broker.Rack : null))],
        NextBrokerId = p.NextBrokerId,
    };

    public static BrokerRegistered From(BrokerRegisteredProto p) => new(p.BrokerId, p.NodeKey, p.HasRack ? p.Rack : null, p.AtMs);

    public static BrokerUnregistered From(BrokerUnregisteredProto p) => new(p.BrokerId, p.AtMs);

    private static BrokerRegisteredProto ToProto(BrokerRegistered e)
    {
        var p = new BrokerRegisteredProto { BrokerId = e.BrokerId, NodeKey = e.NodeKey, AtMs = e.AtMs };
        if (e.Rack is not null)
            p.Rack = e.Rack;
        return p;
    }

    private static RegisteredBrokerProto ToProto(RegisteredBroker broker)
    {
        var p = new RegisteredBrokerProto { BrokerId = broker.Id, NodeKey = broker.NodeKey };
        if (broker.Rack is not null)
            p.Rack = broker.Rack;
        return p;
    }

    private static Topic From(TopicProto p) => new(
        Id(p.TopicId), p.Name, p.PartitionCount, (short)p.ReplicationFactor, p.Configs.ToImmutableSortedDictionary(StringComparer.Ordinal));

    private static TopicProto ToProto(Topic topic) => new()
    {
        TopicId = Bytes(topic.Id),
        Name = topic.Name,
        PartitionCount = topic.PartitionCount,
        ReplicationFactor = topic.ReplicationFactor,
        Configs = { topic.Configs.ToDictionary() },
    };

    private static Dictionary<string, string?> Changes(IEnumerable<ConfigChangeProto> changes) =>
        changes.ToDictionary(change => change.Name, change => change.HasValue ? change.Value : null);

    private static ConfigChangeProto ToProto(KeyValuePair<string, string?> change)
    {
        var p = new ConfigChangeProto { Name = change.Key };
        if (change.Value is not null)
            p.Value = change.Value;
        return p;
    }

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private static Guid Id(ByteString bytes) => new(bytes.Span, bigEndian: true);
}
