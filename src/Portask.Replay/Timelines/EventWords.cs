using System.Text.Json;
using System.Text.Json.Nodes;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Replay.Timelines;

/// <summary>Events in the words of Kafka.</summary>
public static class EventWords
{
    /// <summary>One sentence that says what happened.</summary>
    public static string Text(IJournaled journaled, TopicNames topics) => journaled switch
    {
        ITopicJournaled e => Topic(e, topics),
        IGroupJournaled e => Group(e),
        ITransactionJournaled e => Transaction(e, topics),
        IPartitionJournaled e => PartitionWords.Text(e),
        _ => Unnamed(journaled),
    };

    /// <summary>The event's fields. A batch gives its header, not its records.</summary>
    public static JsonNode? Fields(IJournaled journaled) => journaled is BatchAppended batch
        ? PartitionWords.Fields(batch)
        : JsonSerializer.SerializeToNode(journaled, journaled.GetType(), Json.Options);

    private static string Topic(ITopicJournaled journaled, TopicNames topics) => journaled switch
    {
        TopicCreated e => $"topic {e.Name} created: {Count(e.PartitionCount, "partition")}, replication factor {e.ReplicationFactor}, id {e.TopicId:N}{Configs(e.Configs)}",
        TopicDeleted e => $"topic {topics.NameOf(e.TopicId)} deleted",
        TopicPurged e => $"journals of deleted topic {topics.NameOf(e.TopicId)} removed",
        PartitionsAdded e => $"topic {topics.NameOf(e.TopicId)} has {Count(e.PartitionCount, "partition")} now",
        TopicConfigsAltered e => $"configs of topic {topics.NameOf(e.TopicId)} altered: {string.Join(", ", e.Changes.Select(Change))}",
        BrokerConfigsAltered e => $"configs of {StateWords.BrokerName(e.Broker)} altered: {string.Join(", ", e.Changes.Select(Change))}",
        ProducerIdsAllotted e => $"producer ids below {e.NextProducerId} given out to node {e.NodeId}",
        BrokerRegistered e => $"broker {e.BrokerId} takes part{(e.Rack is null ? "" : $", rack {e.Rack}")}: node {e.NodeKey}",
        BrokerUnregistered e => $"broker {e.BrokerId} unregistered",
        _ => Unnamed(journaled),
    };

    private static string Group(IGroupJournaled journaled) => journaled switch
    {
        GroupCreated => "group created",
        MemberJoined e => $"{e.MemberId} joined{Instance(e.InstanceId)}: client id {e.ClientId}, host {e.ClientHost}, subscription {GroupWords.Subscription(e.Protocols)}, "
            + $"session timeout {Times.Span(e.SessionTimeoutMs)}, rebalance timeout {Times.Span(e.RebalanceTimeoutMs)}, protocols {Names(e.Protocols)}",
        MemberUpdated e => $"{e.MemberId} changed: subscription {GroupWords.Subscription(e.Protocols)}, "
            + $"session timeout {Times.Span(e.SessionTimeoutMs)}, rebalance timeout {Times.Span(e.RebalanceTimeoutMs)}, protocols {Names(e.Protocols)}",
        MemberReplaced e => $"static member came back: {e.NewMemberId} takes the place of {e.OldMemberId}",
        MemberLeft e => $"{e.MemberId} is out: {e.Reason}",
        RebalanceStarted e => $"rebalance: {e.Reason}",
        GenerationStarted { Leader: null } e => $"generation {e.Generation}: the group is empty",
        GenerationStarted e => $"generation {e.Generation}: protocol {e.Protocol}, leader {e.Leader}",
        AssignmentsMade e => $"generation {e.Generation} is stable: {string.Join("; ", e.Assignments.Select(a => $"{a.MemberId} has {GroupWords.Assignment(a.Assignment)}"))}",
        OffsetsCommitted e => $"offsets committed: {Offsets(e.Offsets)}",
        OffsetsFolded e => $"offset commits from sequence number {e.FirstSequenceNr} to here came to: {Offsets(e.Offsets)}",
        TransactionalOffsetsPending e => $"offsets pending in the transaction of producer {e.ProducerId}: {Offsets(e.Offsets)}",
        TransactionalOffsetsDecided e => $"pending offsets of producer {e.ProducerId} {(e.Commits ? "committed" : "dropped: the transaction aborted")}",
        OffsetsDeleted e => $"offsets deleted: {Keys(e.Partitions)}",
        OffsetsExpired e => $"offsets expired: {Keys(e.Partitions)}",
        GroupDeleted => "group deleted",
        GroupListed e => $"group {e.GroupId} listed",
        GroupUnlisted e => $"group {e.GroupId} not listed any more",
        _ => Unnamed(journaled),
    };

    private static string Transaction(ITransactionJournaled journaled, TopicNames topics) => journaled switch
    {
        ProducerAssigned e => $"producer {Producer(e.Producer)} took the transactional id, transaction timeout {Times.Span(e.TimeoutMs)}",
        TransactionPartitionsAdded e => $"partitions in the transaction: {string.Join(", ", e.Partitions.Select(p => $"{topics.NameOf(p.TopicId)}/{p.Partition}"))}",
        TransactionGroupAdded e => $"offsets of group {e.GroupId} in the transaction",
        TransactionDecided e => $"{(e.Commits ? "commit" : "abort")} decided: {e.Reason}; markers name producer {Producer(e.Marker)}, the next one is {Producer(e.Next)}",
        TransactionCompleted => "transaction completed: every partition and group has its marker",
        TransactionalIdExpired => "transactional id expired",
        TransactionalIdListed e => $"transactional id {e.TransactionalId} listed",
        TransactionalIdUnlisted e => $"transactional id {e.TransactionalId} not listed any more",
        _ => Unnamed(journaled),
    };

    /// <summary>An event that a later part of the broker journals and that has no words of its own: its name and fields.</summary>
    internal static string Unnamed(IJournaled journaled) =>
        $"{journaled.GetType().Name} {JsonSerializer.Serialize(journaled, journaled.GetType(), Json.Options)}";

    internal static string Count(long number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private static string Producer(ProducerIdAndEpoch producer) => $"{producer.ProducerId} epoch {producer.Epoch}";

    private static string Instance(string? instanceId) => instanceId is null ? "" : $" as static member {instanceId}";

    private static string Names(IReadOnlyList<MemberProtocol> protocols) => string.Join(", ", protocols.Select(p => p.Name));

    private static string Offsets(IEnumerable<KeyValuePair<OffsetKey, CommittedOffset>> offsets) =>
        string.Join(", ", offsets.Select(o => $"{o.Key.Topic}/{o.Key.Partition} at {o.Value.Offset}"));

    private static string Keys(IEnumerable<OffsetKey> partitions) => string.Join(", ", partitions.Select(p => $"{p.Topic}/{p.Partition}"));

    private static string Change(KeyValuePair<string, string?> change) => change.Value is null ? $"{change.Key} back to its default" : $"{change.Key}={change.Value}";

    private static string Configs(IReadOnlyDictionary<string, string> configs) =>
        configs.Count == 0 ? "" : ", " + string.Join(", ", configs.Select(config => $"{config.Key}={config.Value}"));
}
