using System.Collections.Immutable;
using Portask.Broker.Cluster.Proto;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State.Topics;
using static Portask.Broker.Cluster.ClusterProtoMapping;

namespace Portask.Broker.Cluster;

/// <summary>Changes of topics and their answers as protobuf messages and back.</summary>
internal static class TopicMessageMapping
{
    public static ChangeTopicsProto ToProto(ChangeTopics m) => new() { Commands = { m.Commands.Select(ToProto) } };

    public static ChangeTopics From(ChangeTopicsProto p) => new([.. p.Commands.Select(From)]);

    public static TopicsChangedProto ToProto(TopicsChanged m) => new() { Replies = { m.Replies.Select(ToProto) }, SequenceNr = m.SequenceNr };

    public static TopicsChanged From(TopicsChangedProto p) => new([.. p.Replies.Select(From)], p.SequenceNr);

    private static TopicCommandProto ToProto(TopicCommand command)
    {
        var p = new TopicCommandProto { ValidateOnly = command.ValidateOnly };
        switch (command)
        {
            case CreateTopic create:
                p.Create = ToProto(create);
                break;
            case DeleteTopic delete:
                p.Delete = new() { TopicId = Bytes(delete.TopicId) };
                if (delete.Name is not null)
                    p.Delete.Name = delete.Name;
                break;
            case AddPartitions add:
                p.Add = new() { Name = add.Name, PartitionCount = add.PartitionCount, HasAssignments = add.Assignments is not null };
                p.Add.Assignments.AddRange((add.Assignments ?? []).Select((brokers, i) => new AssignmentProto { Partition = i, Brokers = { brokers } }));
                break;
            case AlterTopicConfigs alter:
                p.Alter = new() { Name = alter.Name, ReplaceAll = alter.ReplaceAll, Changes = { alter.Changes.Select(ToProto) } };
                break;
            case AlterBrokerConfigs alter:
                p.AlterBroker = new() { Name = alter.Broker, ReplaceAll = alter.ReplaceAll, Changes = { alter.Changes.Select(ToProto) } };
                break;
            default:
                throw new ArgumentException($"{command.GetType().Name} does not go from node to node", nameof(command));
        }
        return p;
    }

    private static TopicCommand From(TopicCommandProto p) => p.CommandCase switch
    {
        TopicCommandProto.CommandOneofCase.Create => From(p.Create, p.ValidateOnly),
        TopicCommandProto.CommandOneofCase.Delete => new DeleteTopic(GuidOf(p.Delete.TopicId), p.Delete.HasName ? p.Delete.Name : null),
        TopicCommandProto.CommandOneofCase.Add => new AddPartitions(
            p.Add.Name, p.Add.PartitionCount, p.Add.HasAssignments ? [.. p.Add.Assignments.Select(one => (IReadOnlyList<int>)[.. one.Brokers])] : null, p.ValidateOnly),
        TopicCommandProto.CommandOneofCase.Alter => new AlterTopicConfigs(p.Alter.Name, [.. p.Alter.Changes.Select(From)], p.Alter.ReplaceAll, p.ValidateOnly),
        TopicCommandProto.CommandOneofCase.AlterBroker => new AlterBrokerConfigs(
            p.AlterBroker.Name, [.. p.AlterBroker.Changes.Select(From)], p.AlterBroker.ReplaceAll, p.ValidateOnly),
        _ => throw new System.Runtime.Serialization.SerializationException("a change of a topic that this release does not know came from another node"),
    };

    private static CreateTopicProto ToProto(CreateTopic create) => new()
    {
        TopicId = Bytes(create.TopicId),
        Name = create.Name,
        PartitionCount = create.PartitionCount,
        ReplicationFactor = create.ReplicationFactor,
        HasAssignments = create.Assignments is not null,
        Assignments = { (create.Assignments ?? []).Select(one => new AssignmentProto { Partition = one.Key, Brokers = { one.Value } }) },
        Configs = { create.Configs.Select(ToProto) },
    };

    private static CreateTopic From(CreateTopicProto p, bool validateOnly) => new(
        GuidOf(p.TopicId),
        p.Name,
        p.PartitionCount,
        (short)p.ReplicationFactor,
        p.HasAssignments ? [.. p.Assignments.Select(one => KeyValuePair.Create(one.Partition, (IReadOnlyList<int>)[.. one.Brokers]))] : null,
        [.. p.Configs.Select(config => KeyValuePair.Create(config.Name, config.HasValue ? config.Value : null))],
        validateOnly);

    private static ConfigProto ToProto(KeyValuePair<string, string?> config)
    {
        var p = new ConfigProto { Name = config.Key };
        if (config.Value is not null)
            p.Value = config.Value;
        return p;
    }

    private static ConfigChangeProto ToProto(ConfigChange change)
    {
        var p = new ConfigChangeProto { Name = change.Name, Operation = (int)change.Operation };
        if (change.Value is not null)
            p.Value = change.Value;
        return p;
    }

    private static ConfigChange From(ConfigChangeProto p) => new(p.Name, (ConfigOperation)p.Operation, p.HasValue ? p.Value : null);

    private static TopicReplyProto ToProto(TopicReply reply)
    {
        var p = new TopicReplyProto { Error = (int)reply.Error };
        if (reply.Message is not null)
            p.Message = reply.Message;
        if (reply.Topic is { } topic)
        {
            p.Topic = new()
            {
                Id = Bytes(topic.Id),
                Name = topic.Name,
                PartitionCount = topic.PartitionCount,
                ReplicationFactor = topic.ReplicationFactor,
                Configs = { topic.Configs.ToDictionary() },
            };
        }
        return p;
    }

    private static TopicReply From(TopicReplyProto p) => new(
        (ErrorCode)p.Error,
        p.HasMessage ? p.Message : null,
        p.Topic is { } topic
            ? new Topic(GuidOf(topic.Id), topic.Name, topic.PartitionCount, (short)topic.ReplicationFactor, topic.Configs.ToImmutableSortedDictionary(StringComparer.Ordinal))
            : null);
}
