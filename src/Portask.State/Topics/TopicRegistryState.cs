using System.Collections.Immutable;

namespace Portask.State.Topics;

/// <summary>A topic of the registry.</summary>
public sealed record Topic(Guid Id, string Name, int PartitionCount, short ReplicationFactor, ImmutableSortedDictionary<string, string> Configs);

/// <summary>A topic that is gone while journals of its partitions may still be there.</summary>
public sealed record DeletedTopic(Guid Id, int PartitionCount);

/// <summary>A node that takes part in the cluster, whether it is up or not.</summary>
public sealed record RegisteredBroker(int Id, string NodeKey, string? Rack);

/// <summary>All topics and the next producer id: the fold of the registry's events.</summary>
public sealed record TopicRegistryState
{
    public static readonly TopicRegistryState Empty = new();

    public ImmutableDictionary<Guid, Topic> Topics { get; init; } = ImmutableDictionary<Guid, Topic>.Empty;
    public ImmutableDictionary<string, Guid> Names { get; init; } = ImmutableDictionary.Create<string, Guid>(StringComparer.Ordinal);
    public ImmutableDictionary<Guid, DeletedTopic> Deleted { get; init; } = ImmutableDictionary<Guid, DeletedTopic>.Empty;
    public long NextProducerId { get; init; }
    public ImmutableSortedDictionary<int, RegisteredBroker> Brokers { get; init; } = ImmutableSortedDictionary<int, RegisteredBroker>.Empty;
    /// <summary>The id after the highest one that was ever registered: none is given to two nodes, however long one is gone.</summary>
    public int NextBrokerId { get; init; } = 1;

    /// <summary>Configs that were set while brokers run, by broker id; those of every broker under the empty one (KIP-226).</summary>
    public ImmutableDictionary<string, ImmutableSortedDictionary<string, string>> BrokerConfigs { get; init; } =
        ImmutableDictionary.Create<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);

    /// <summary>The topic of that name, or null.</summary>
    public Topic? Find(string name) => Names.TryGetValue(name, out var id) ? Topics[id] : null;

    /// <summary>The topic of that id, or null.</summary>
    public Topic? Find(Guid id) => Topics.GetValueOrDefault(id);

    /// <summary>What was set for a broker, or for every one.</summary>
    public ImmutableSortedDictionary<string, string> BrokerConfigsOf(string broker) => BrokerConfigs.GetValueOrDefault(broker, ConfigMaps.Empty);

    /// <summary>The state after one event.</summary>
    public TopicRegistryState Apply(ITopicJournaled journaled) => journaled switch
    {
        TopicCreated e => With(new Topic(e.TopicId, e.Name, e.PartitionCount, e.ReplicationFactor, e.Configs.ToImmutableSortedDictionary(StringComparer.Ordinal))),
        TopicDeleted e => Without(Topics[e.TopicId]),
        TopicPurged e => this with { Deleted = Deleted.Remove(e.TopicId) },
        PartitionsAdded e => With(Topics[e.TopicId] with { PartitionCount = e.PartitionCount }),
        TopicConfigsAltered e => With(Altered(Topics[e.TopicId], e.Changes)),
        BrokerConfigsAltered e => WithBroker(e),
        ProducerIdsAllotted e => this with { NextProducerId = e.NextProducerId },
        BrokerRegistered e => With(new RegisteredBroker(e.BrokerId, e.NodeKey, e.Rack)),
        BrokerUnregistered e => this with { Brokers = Brokers.Remove(e.BrokerId) },
        _ => throw new InvalidOperationException($"The topic registry does not know the event {journaled.GetType().Name}"),
    };

    /// <summary>The state as one object for the journal's serializer.</summary>
    public TopicRegistrySnapshot ToSnapshot() => new(
        [.. Topics.Values],
        [.. Deleted.Values],
        NextProducerId,
        BrokerConfigs.ToDictionary(broker => broker.Key, broker => (IReadOnlyDictionary<string, string>)broker.Value))
    {
        Brokers = [.. Brokers.Values],
        NextBrokerId = NextBrokerId,
    };

    /// <summary>The state that a snapshot holds.</summary>
    public static TopicRegistryState From(TopicRegistrySnapshot snapshot) => new()
    {
        Topics = snapshot.Topics.ToImmutableDictionary(topic => topic.Id),
        Names = snapshot.Topics.ToImmutableDictionary(topic => topic.Name, topic => topic.Id, StringComparer.Ordinal),
        Deleted = snapshot.Deleted.ToImmutableDictionary(topic => topic.Id),
        NextProducerId = snapshot.NextProducerId,
        BrokerConfigs = snapshot.BrokerConfigs.ToImmutableDictionary(
            broker => broker.Key, broker => broker.Value.ToImmutableSortedDictionary(StringComparer.Ordinal), StringComparer.Ordinal),
        Brokers = snapshot.Brokers.ToImmutableSortedDictionary(broker => broker.Id, broker => broker),
        NextBrokerId = Math.Max(1, snapshot.NextBrokerId),
    };

    private static Topic Altered(Topic topic, IReadOnlyDictionary<string, string?> changes) => topic with { Configs = topic.Configs.With(changes) };

    private TopicRegistryState WithBroker(BrokerConfigsAltered altered)
    {
        var configs = BrokerConfigsOf(altered.Broker).With(altered.Changes);
        return this with { BrokerConfigs = configs.IsEmpty ? BrokerConfigs.Remove(altered.Broker) : BrokerConfigs.SetItem(altered.Broker, configs) };
    }

    private TopicRegistryState With(RegisteredBroker broker) => this with
    {
        Brokers = Brokers.RemoveRange(Brokers.Values.Where(other => other.NodeKey == broker.NodeKey).Select(other => other.Id)).SetItem(broker.Id, broker),
        NextBrokerId = Math.Max(NextBrokerId, broker.Id == int.MaxValue ? broker.Id : broker.Id + 1),
    };

    private TopicRegistryState With(Topic topic) => this with { Topics = Topics.SetItem(topic.Id, topic), Names = Names.SetItem(topic.Name, topic.Id) };

    private TopicRegistryState Without(Topic topic) => this with
    {
        Topics = Topics.Remove(topic.Id),
        Names = Names.Remove(topic.Name),
        Deleted = Deleted.SetItem(topic.Id, new DeletedTopic(topic.Id, topic.PartitionCount)),
    };
}
