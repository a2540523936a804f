using System.Text.Json.Nodes;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Replay;

/// <summary>States in the words of Kafka.</summary>
public static class StateWords
{
    /// <summary>A whole state.</summary>
    public static JsonObject Describe(Fold fold, TopicNames topics) => fold switch
    {
        TopicRegistryFold { State: var state } => Topics(state, topics),
        GroupFold { State: var state } => Group(state),
        TransactionFold { State: var state } => Transaction(state, topics),
        PartitionFold { State: var state } => Partition(state),
        GroupDirectoryFold { GroupIds: var names } => new() { ["groups"] = new JsonArray([.. names.Select(name => (JsonNode?)name)]) },
        TransactionDirectoryFold { TransactionalIds: var names } => new() { ["transactionalIds"] = new JsonArray([.. names.Select(name => (JsonNode?)name)]) },
        _ => throw new InvalidOperationException($"{fold.GetType().Name} has no words"),
    };

    /// <summary>One topic of the registry's, null when there is none of that name.</summary>
    public static JsonObject? Topic(Fold fold, string name) =>
        fold is TopicRegistryFold { State: var state } && state.Topics.Values.FirstOrDefault(topic => topic.Name == name) is { } found ? Topic(found) : null;

    private static JsonObject Topics(TopicRegistryState state, TopicNames topics) => new()
    {
        ["topics"] = Json.Object(state.Topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal), topic => topic.Name, Topic),
        ["beingDeleted"] = Json.Object(
            state.Deleted.Values.OrderBy(topic => topics.NameOf(topic.Id), StringComparer.Ordinal),
            topic => topic.Id.ToString("N"),
            topic => $"{topics.NameOf(topic.Id)}, {topic.PartitionCount} partitions"),
        ["brokerConfigs"] = Json.Object(
            state.BrokerConfigs.OrderBy(broker => broker.Key, StringComparer.Ordinal),
            broker => BrokerName(broker.Key),
            broker => Json.Object(broker.Value, config => config.Key, config => config.Value)),
        ["brokers"] = Json.Object(state.Brokers.Values.OrderBy(broker => broker.Id), broker => BrokerName($"{broker.Id}"), broker => new JsonObject
        {
            ["node"] = broker.NodeKey,
            ["rack"] = broker.Rack,
        }),
        ["nextProducerId"] = state.NextProducerId,
    };

    private static JsonObject Topic(Topic topic) => new()
    {
        ["id"] = topic.Id.ToString("N"),
        ["partitions"] = topic.PartitionCount,
        ["replicationFactor"] = topic.ReplicationFactor,
        ["configs"] = Json.Object(topic.Configs, config => config.Key, config => config.Value),
    };

    /// <summary>A broker as configs name it: those of every broker stand under no id.</summary>
    internal static string BrokerName(string id) => id.Length == 0 ? "every broker" : $"broker {id}";

    private static JsonObject Group(GroupState state) => new()
    {
        ["state"] = state.Phase.ToString(),
        ["generation"] = state.Generation,
        ["protocolType"] = state.ProtocolType,
        ["protocol"] = state.Protocol,
        ["leader"] = state.Leader,
        ["members"] = Json.Object(state.Members.Values.OrderBy(m => m.Ordinal), m => m.MemberId, Member),
        ["offsets"] = Offsets(state.Offsets),
        ["pendingOffsets"] = Json.Object(state.PendingOffsets.OrderBy(p => p.Key), p => $"producer {p.Key}", p => Offsets(p.Value)),
    };

    private static JsonObject Member(GroupMember member)
    {
        var shown = new JsonObject { ["clientId"] = member.ClientId, ["host"] = member.ClientHost };
        if (member.InstanceId is not null)
            shown["instanceId"] = member.InstanceId;
        shown["sessionTimeoutMs"] = member.SessionTimeoutMs;
        shown["rebalanceTimeoutMs"] = member.RebalanceTimeoutMs;
        shown["protocols"] = string.Join(", ", member.Protocols.Select(p => p.Name));
        shown["subscription"] = GroupWords.Subscription(member.Protocols);
        shown["assignment"] = GroupWords.Assignment(member.Assignment);
        return shown;
    }

    private static JsonObject Offsets(IEnumerable<KeyValuePair<OffsetKey, CommittedOffset>> offsets) => Json.Object(
        offsets.OrderBy(o => o.Key.Topic, StringComparer.Ordinal).ThenBy(o => o.Key.Partition),
        o => $"{o.Key.Topic}/{o.Key.Partition}",
        o =>
        {
            var shown = new JsonObject { ["offset"] = o.Value.Offset, ["leaderEpoch"] = o.Value.LeaderEpoch, ["committed"] = Times.Text(o.Value.CommitMs) };
            if (!string.IsNullOrEmpty(o.Value.Metadata))
                shown["metadata"] = o.Value.Metadata;
            if (o.Value.ExpireMs is { } expire)
                shown["expires"] = Times.Text(expire);
            return shown;
        });

    private static JsonObject Transaction(TransactionState state, TopicNames topics) => new()
    {
        ["state"] = state.Phase.ToString(),
        ["producerId"] = state.Producer.ProducerId,
        ["producerEpoch"] = state.Producer.Epoch,
        ["transactionTimeoutMs"] = state.TimeoutMs,
        ["started"] = state.StartMs < 0 ? null : Times.Text(state.StartMs),
        ["lastChange"] = Times.Text(state.LastUpdateMs),
        ["partitions"] = string.Join(", ", state.Partitions.Select(p => $"{topics.NameOf(p.TopicId)}/{p.Partition}").Order(StringComparer.Ordinal)),
        ["groups"] = string.Join(", ", state.Groups.Order(StringComparer.Ordinal)),
    };

    private static JsonObject Partition(PartitionState state) => new()
    {
        ["logStartOffset"] = state.LogStartOffset,
        ["highWatermark"] = state.NextOffset,
        ["lastStableOffset"] = state.LastStableOffset,
        ["leaderEpoch"] = state.Epochs.Latest,
        ["sizeInBytes"] = state.Index.SizeInBytes,
        ["leaderEpochs"] = Json.Object(state.Epochs.Starts, epoch => $"{epoch.Epoch}", epoch => $"from offset {epoch.StartOffset}"),
        ["producers"] = Json.Object(state.Producers.ToSnapshot().OrderBy(p => p.ProducerId), p => $"{p.ProducerId}", Producer),
        ["openTransactions"] = Json.Object(
            state.Transactions.Open.OrderBy(open => open.FirstOffset), open => $"producer {open.ProducerId}", open => $"from offset {open.FirstOffset}"),
        ["abortedTransactions"] = Json.Object(
            state.Transactions.Aborted.All, aborted => $"marker at offset {aborted.LastOffset}",
            aborted => $"producer {aborted.ProducerId}, from offset {aborted.FirstOffset}"),
    };

    private static JsonObject Producer(ProducerSnapshot producer)
    {
        var shown = new JsonObject { ["epoch"] = producer.Epoch, ["lastWrite"] = Times.Text(producer.LastMs) };
        if (producer.Batches is [.., var last])
        {
            shown["lastSequence"] = last.LastSequence;
            shown["lastBatchAtOffset"] = last.BaseOffset;
        }
        return shown;
    }
}
