using System.Collections.Immutable;
using Portask.Protocol;

namespace Portask.State.Topics;

/// <summary>Decides changes of topics: what is journaled and what the client is told.</summary>
public static class TopicRegistry
{
    /// <summary>Decides the commands of one request in order.</summary>
    public static (IReadOnlyList<ITopicJournaled> Events, IReadOnlyList<TopicReply> Replies) Decide(
        TopicRegistryState state, TopicLimits limits, IReadOnlyList<TopicCommand> commands, Now now)
    {
        var events = new List<ITopicJournaled>();
        var replies = new List<TopicReply>(commands.Count);
        var partitions = state.Topics.Values.Sum(topic => (long)topic.PartitionCount);
        foreach (var command in commands)
        {
            var (journaled, reply) = Decide(state, limits, command, now, partitions);
            if (journaled is null)
            {
                replies.Add(reply);
                continue;
            }
            var after = state.Apply(journaled);
            var topicId = reply.Topic?.Id ?? Guid.Empty;
            replies.Add(command is DeleteTopic ? reply : reply with { Topic = after.Find(topicId) });
            if (command.ValidateOnly)
                continue;
            partitions += (after.Find(topicId)?.PartitionCount ?? 0) - (state.Find(topicId)?.PartitionCount ?? 0);
            state = after;
            events.Add(journaled);
        }
        return (events, replies);
    }

    private static (ITopicJournaled? Event, TopicReply Reply) Decide(
        TopicRegistryState state, TopicLimits limits, TopicCommand command, Now now, long partitions) => command switch
        {
            CreateTopic create => Create(state, limits, create, now, partitions),
            DeleteTopic delete => Delete(state, limits, delete, now),
            AddPartitions add => Add(state, limits, add, now, partitions),
            AlterTopicConfigs alter => Alter(state, limits, alter, now),
            AlterBrokerConfigs alter => Alter(state, limits, alter, now),
            _ => throw new InvalidOperationException($"unknown command {command.GetType().Name}"),
        };

    private static (ITopicJournaled?, TopicReply) Create(TopicRegistryState state, TopicLimits limits, CreateTopic create, Now now, long partitions)
    {
        if (TopicName.Fault(create.Name) is { } fault)
            return Refuse(ErrorCode.InvalidTopic, fault);
        if (state.Find(create.Name) is { } existing)
            return (null, new TopicReply(ErrorCode.TopicAlreadyExists, $"topic '{create.Name}' already exists", existing));
        var collision = TopicName.Collision(create.Name);
        if (state.Names.Keys.FirstOrDefault(name => TopicName.Collision(name) == collision) is { } other)
            return Refuse(ErrorCode.InvalidTopic, $"topic '{create.Name}' collides with '{other}': '.' and '_' are the same in metric names");
        var (count, factor, shape) = Shape(limits, create);
        if (shape is not null)
            return (null, shape);
        if (count > limits.MaxPartitionsPerTopic || partitions + count > limits.MaxPartitions)
            return Refuse(ErrorCode.InvalidPartitions, TooMany(limits, count));
        var configs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in create.Configs)
        {
            if (TopicConfigs.Fault(name, value) is { } bad)
                return Refuse(ErrorCode.InvalidConfig, bad);
            configs[name] = value!;
        }
        if (TopicConfigs.Conflict(configs, Defaults(state, limits)) is { } conflict)
            return Refuse(ErrorCode.InvalidConfig, conflict);
        var topic = new Topic(create.TopicId, create.Name, count, factor, configs.ToImmutable());
        return (new TopicCreated(topic.Id, topic.Name, count, factor, topic.Configs, now.UnixMs), new TopicReply(ErrorCode.None, null, topic));
    }

    private static (int Count, short Factor, TopicReply? Refused) Shape(TopicLimits limits, CreateTopic create)
    {
        if (create.Assignments is { Count: > 0 } assignments)
        {
            if (create.PartitionCount != -1 || create.ReplicationFactor != -1)
                return (0, (short)0, TopicReply.Refused(ErrorCode.InvalidRequest, "with an assignment, partitions and replication factor must be -1"));
            var fault = AssignmentFault(limits, [.. assignments.OrderBy(one => one.Key).Select(one => one.Value)]);
            if (!assignments.Select(one => one.Key).Order().SequenceEqual(Enumerable.Range(0, assignments.Count)))
                fault = "the assigned partitions are not 0, 1, 2 and so on without a gap";
            return fault is null
                ? (assignments.Count, (short)assignments[0].Value.Count, null)
                : (0, (short)0, TopicReply.Refused(ErrorCode.InvalidReplicaAssignment, fault));
        }
        var count = create.PartitionCount == -1 ? limits.DefaultPartitions : create.PartitionCount;
        var factor = create.ReplicationFactor == -1 ? limits.DefaultReplicationFactor : create.ReplicationFactor;
        if (count < 1)
            return (0, (short)0, TopicReply.Refused(ErrorCode.InvalidPartitions, $"{count} partitions; a topic has 1 or more"));
        if (factor < 1 || factor > limits.Brokers.Count)
        {
            return (0, (short)0, TopicReply.Refused(
                ErrorCode.InvalidReplicationFactor, $"replication factor {factor}; it takes 1 to {limits.Brokers.Count}, the brokers that there are"));
        }
        return (count, factor, null);
    }

    private static string? AssignmentFault(TopicLimits limits, IReadOnlyList<IReadOnlyList<int>> assignments)
    {
        foreach (var replicas in assignments)
        {
            if (replicas.Count == 0 || replicas.Count != assignments[0].Count || replicas.Distinct().Count() != replicas.Count)
                return "each partition needs the same number of replicas, at least one, each named once";
            foreach (var broker in replicas)
                if (!limits.Brokers.Contains(broker))
                    return $"broker {broker} is not known; {string.Join(", ", limits.Brokers)} are";
        }
        return null;
    }

    private static (ITopicJournaled?, TopicReply) Delete(TopicRegistryState state, TopicLimits limits, DeleteTopic delete, Now now)
    {
        var topic = delete.TopicId != Guid.Empty || delete.Name is null ? state.Find(delete.TopicId) : state.Find(delete.Name);
        if (topic is null)
        {
            return delete.Name is null
                ? Refuse(ErrorCode.UnknownTopicId, $"no topic has the id {delete.TopicId}")
                : Refuse(ErrorCode.UnknownTopicOrPartition, $"there is no topic '{delete.Name}'");
        }
        if (!limits.DeletionEnabled)
            return Refuse(ErrorCode.TopicDeletionDisabled, "delete.topic.enable is false");
        return (new TopicDeleted(topic.Id, now.UnixMs), new TopicReply(ErrorCode.None, null, topic));
    }

    private static (ITopicJournaled?, TopicReply) Add(TopicRegistryState state, TopicLimits limits, AddPartitions add, Now now, long partitions)
    {
        if (state.Find(add.Name) is not { } topic)
            return Refuse(ErrorCode.UnknownTopicOrPartition, $"there is no topic '{add.Name}'");
        var more = add.PartitionCount - topic.PartitionCount;
        if (more <= 0)
            return Refuse(ErrorCode.InvalidPartitions, $"topic '{add.Name}' has {topic.PartitionCount} partitions; {add.PartitionCount} is not more");
        if (add.PartitionCount > limits.MaxPartitionsPerTopic || partitions + more > limits.MaxPartitions)
            return Refuse(ErrorCode.InvalidPartitions, TooMany(limits, add.PartitionCount));
        if (add.Assignments is { } assignments)
        {
            if (assignments.Count != more)
                return Refuse(ErrorCode.InvalidReplicaAssignment, $"{more} partitions are added and {assignments.Count} are assigned");
            if (AssignmentFault(limits, assignments) is { } fault)
                return Refuse(ErrorCode.InvalidReplicaAssignment, fault);
        }
        return (new PartitionsAdded(topic.Id, add.PartitionCount, now.UnixMs), new TopicReply(ErrorCode.None, null, topic));
    }

    private static (ITopicJournaled?, TopicReply) Alter(TopicRegistryState state, TopicLimits limits, AlterTopicConfigs alter, Now now)
    {
        if (state.Find(alter.Name) is not { } topic)
            return Refuse(ErrorCode.UnknownTopicOrPartition, $"there is no topic '{alter.Name}'");
        if (Malformed(alter.Changes) is { } malformed)
            return Refuse(ErrorCode.InvalidRequest, malformed);
        var defaults = Defaults(state, limits);
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (alter.ReplaceAll)
            foreach (var name in topic.Configs.Keys)
                changes[name] = null;
        foreach (var change in alter.Changes)
        {
            if (TopicConfigs.Find(change.Name) is not { } config)
                return Refuse(ErrorCode.InvalidConfig, $"unknown topic config {change.Name}");
            var (value, fault) = config.Changed(change, TopicConfigs.Effective(change.Name, topic.Configs, defaults));
            if (fault is not null)
                return Refuse(ErrorCode.InvalidConfig, fault);
            changes[change.Name] = value;
        }
        if (TopicConfigs.Conflict(topic.Configs.With(changes), defaults) is { } conflict)
            return Refuse(ErrorCode.InvalidConfig, conflict);
        return (new TopicConfigsAltered(topic.Id, changes, now.UnixMs), new TopicReply(ErrorCode.None, null, topic));
    }

    /// <summary>As from Kafka, what is wrong with a broker's config is INVALID_REQUEST where the config is known.</summary>
    private static (ITopicJournaled?, TopicReply) Alter(TopicRegistryState state, TopicLimits limits, AlterBrokerConfigs alter, Now now)
    {
        if (Malformed(alter.Changes) is { } malformed)
            return Refuse(ErrorCode.InvalidRequest, malformed);
        var own = state.BrokerConfigsOf(alter.Broker);
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (alter.ReplaceAll)
            foreach (var name in own.Keys)
                changes[name] = null;
        foreach (var change in alter.Changes)
        {
            if (TopicConfigs.FindByBrokerName(change.Name) is not { } config)
                return Refuse(ErrorCode.InvalidRequest, $"config {change.Name} of a broker cannot be updated while it runs");
            var before = own.TryGetValue(change.Name, out var value) ? value : TopicConfigs.Effective(config.Name, ConfigMaps.Empty, Defaults(state, limits));
            (value, var fault) = config.Changed(change, before);
            if (fault is not null)
                return Refuse(ErrorCode.InvalidRequest, fault);
            changes[change.Name] = value;
        }
        return (new BrokerConfigsAltered(alter.Broker, changes, now.UnixMs), new TopicReply(ErrorCode.None, null, null));
    }

    /// <summary>What topics have where they say nothing themselves: what was set for every broker, else what this one was started with.</summary>
    private static IReadOnlyDictionary<string, string> Defaults(TopicRegistryState state, TopicLimits limits) =>
        TopicConfigs.Overlaid(limits.Defaults, state.BrokerConfigsOf(""));

    private static string? Malformed(IReadOnlyList<ConfigChange> changes)
    {
        if (changes.GroupBy(change => change.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return $"config {twice.Key} is changed more than once";
        return changes.FirstOrDefault(change => change.Value is null && change.Operation != ConfigOperation.Delete) is { } empty
            ? $"config {empty.Name} has no value"
            : null;
    }

    private static string TooMany(TopicLimits limits, int count) =>
        $"{count} partitions are too many: a topic has at most {limits.MaxPartitionsPerTopic}, the cluster {limits.MaxPartitions}";

    private static (ITopicJournaled?, TopicReply) Refuse(ErrorCode error, string message) => (null, TopicReply.Refused(error, message));
}
