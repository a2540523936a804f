using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Portask.Broker.Cluster.Proto;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.State.Groups;
using static Portask.Broker.Cluster.ClusterProtoMapping;

namespace Portask.Broker.Cluster;

/// <summary>
/// Writes what nodes send each other. Nodes of two releases talk while a cluster is upgraded, so manifests and fields only grow.
/// </summary>
public sealed class ClusterSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The serializer's id in every message.</summary>
    public const int Id = 4405;

    private static readonly Form[] Forms =
    [
        Form.Of<NodeState, NodeStateProto>("ns", NodeStateProto.Parser, ToProto, From),
        Form.Of<LeadersChanged, LeadersChangedProto>("lc", LeadersChangedProto.Parser, ToProto, From),
        Form.Of<StateVersion, StateVersionProto>("sv", StateVersionProto.Parser, m => new() { BrokerId = m.BrokerId, Version = m.Version }, p => new(p.BrokerId, p.Version)),
        Form.Nothing("sw", StateWanted.Instance),
        Form.Number<Ping>("q", m => m.Sent, n => new(n)),
        Form.Of<Pong, PongProto>("p", PongProto.Parser, m => new() { Sent = m.Sent, HasDatabase = m.HasDatabase }, p => new(p.Sent, p.HasDatabase)),
        Form.Number<RegistryAdvanced>("ra", m => m.SequenceNr, n => new(n)),
        Form.Nothing("lo", Locate.Instance),
        Form.Number<Located>("ld", m => m.BrokerId, n => new((int)n)),
        Form.Nothing("ho", HandOffStop.Instance),
        Form.Of<TrafficWanted, TrafficWantedProto>(
            "tq", TrafficWantedProto.Parser, m => new() { Incarnation = m.Incarnation, Since = m.Since }, p => new(p.Incarnation, p.Since)),
        Form.Of<TrafficTold, TrafficToldProto>("ta", TrafficToldProto.Parser, TrafficMapping.ToProto, TrafficMapping.From),

        Form.Nothing("wr", WakeRegistry.Instance),
        Form.Of<ChangeTopics, ChangeTopicsProto>("ct", ChangeTopicsProto.Parser, TopicMessageMapping.ToProto, TopicMessageMapping.From),
        Form.Of<TopicsChanged, TopicsChangedProto>("td", TopicsChangedProto.Parser, TopicMessageMapping.ToProto, TopicMessageMapping.From),
        Form.Number<AllotProducerIds>("ap", m => m.NodeId, n => new((int)n)),
        Form.Of<ProducerIds, ProducerIdsProto>("pi", ProducerIdsProto.Parser, m => new() { First = m.First, Count = m.Count }, p => new(p.First, p.Count)),
        Form.Of<RegisterBroker, RegisterBrokerProto>("rb", RegisterBrokerProto.Parser, ToProto, From),
        Form.Of<BrokerAccepted, BrokerAcceptedProto>(
            "ba", BrokerAcceptedProto.Parser, m => new() { BrokerId = m.BrokerId, SequenceNr = m.SequenceNr }, p => new(p.BrokerId, p.SequenceNr)),
        Form.Of<UnregisterBroker, UnregisterBrokerProto>("ub", UnregisterBrokerProto.Parser, m => new() { BrokerId = m.BrokerId, IsUp = m.IsUp }, p => new(p.BrokerId, p.IsUp)),
        Form.Number<BrokerLeft>("bl", m => (int)m.Error, n => new((Protocol.ErrorCode)n)),

        Form.Nothing("wp", WakePartition.Instance),
        Form.Of<PartitionAwake, PartitionProto>("pa", PartitionProto.Parser, m => ToProto(m.TopicId, m.Partition, m.LeaderEpoch), p => new(GuidOf(p.TopicId), p.Partition, p.LeaderEpoch)),
        Form.Nothing("dp", DeletePartition.Instance),
        Form.Of<PartitionDeleted, PartitionProto>("pd", PartitionProto.Parser, m => ToProto(m.TopicId, m.Partition, 0), p => new(GuidOf(p.TopicId), p.Partition)),

        Form.Name<ListGroup>("gl", m => m.GroupId, name => new(name)),
        Form.Name<UnlistGroup>("gu", m => m.GroupId, name => new(name)),
        Form.Nothing("gw", WakeGroups.Instance),
        Form.Number<GroupUnavailable>("gx", m => (int)m.Error, n => new((Protocol.ErrorCode)n)),
        Form.Of<AskGroup, AskGroupProto>("ga", AskGroupProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
        Form.Number<PlainReply>("gp", m => (int)m.Error, n => new((Protocol.ErrorCode)n)),
        Form.Of<PartitionsReply, PartitionErrorsProto>("ge", PartitionErrorsProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),

        Form.Id<ForgetTopic>("gf", m => m.TopicId, id => new(id)),
        Form.Id<DropTopic>("gd", m => m.TopicId, id => new(id)),

        Form.Of<JoinPartition, JoinPartitionProto>("tj", JoinPartitionProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
        Form.Of<PartitionJoined, PartitionJoinedProto>("ti", PartitionJoinedProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
        Form.Name<ListTransactionalId>("tl", m => m.TransactionalId, name => new(name)),
        Form.Nothing("tk", TransactionalIdIsListed.Instance),
        Form.Name<UnlistTransactionalId>("tu", m => m.TransactionalId, name => new(name)),
        Form.Nothing("tx", WakeTransactions.Instance),
        Form.Of<ForwardOffsets, ForwardOffsetsProto>("tf", ForwardOffsetsProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
        Form.Number<OffsetsRefused>("to", m => (int)m.Error, n => new((Protocol.ErrorCode)n)),
        Form.Of<WriteMarker, WriteMarkerProto>("tm", WriteMarkerProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
        Form.Of<MarkerWritten, MarkerWrittenProto>("tw", MarkerWrittenProto.Parser, TransactionMessageMapping.ToProto, TransactionMessageMapping.From),
    ];

    private static readonly Dictionary<Type, Form> ByType = Forms.ToDictionary(form => form.Type);
    private static readonly Dictionary<string, Form> ByManifest = Forms.ToDictionary(form => form.Manifest, StringComparer.Ordinal);

    /// <summary>The types of message that may cross nodes.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    public override int Identifier => Id;

    public override string Manifest(object o) => FormOf(o).Manifest;

    public override byte[] ToBinary(object obj) => FormOf(obj).Write(obj).ToByteArray();

    public override object FromBinary(byte[] bytes, string manifest) => ByManifest.TryGetValue(manifest, out var form)
        ? form.Read(bytes)
        : throw new SerializationException($"a message with the manifest '{manifest}', which this release does not know, came from another node");

    private static Form FormOf(object message) => ByType.TryGetValue(message.GetType(), out var form)
        ? form
        : throw new ArgumentException($"{message.GetType().Name} does not go from node to node", nameof(message));

    /// <summary>How one type of message is written and read.</summary>
    private sealed record Form(string Manifest, Type Type, Func<object, IMessage> Write, Func<byte[], object> Read)
    {
        public static Form Of<TMessage, TProto>(string manifest, MessageParser<TProto> parser, Func<TMessage, TProto> write, Func<TProto, TMessage> read)
            where TMessage : notnull
            where TProto : IMessage<TProto> =>
            new(manifest, typeof(TMessage), message => write((TMessage)message), bytes => read(parser.ParseFrom(bytes)));

        public static Form Nothing<TMessage>(string manifest, TMessage instance)
            where TMessage : notnull => Of<TMessage, NothingProto>(manifest, NothingProto.Parser, _ => new(), _ => instance);

        public static Form Number<TMessage>(string manifest, Func<TMessage, long> write, Func<long, TMessage> read)
            where TMessage : notnull => Of<TMessage, NumberProto>(manifest, NumberProto.Parser, m => new() { Value = write(m) }, p => read(p.Value));

        public static Form Id<TMessage>(string manifest, Func<TMessage, Guid> write, Func<Guid, TMessage> read)
            where TMessage : notnull => Of<TMessage, IdProto>(manifest, IdProto.Parser, m => new() { Value = Bytes(write(m)) }, p => read(GuidOf(p.Value)));

        public static Form Name<TMessage>(string manifest, Func<TMessage, string> write, Func<string, TMessage> read)
            where TMessage : notnull => Of<TMessage, NameProto>(manifest, NameProto.Parser, m => new() { Value = write(m) }, p => read(p.Value));
    }
}
