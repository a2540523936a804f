using System.Collections.Immutable;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Portask.Broker;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Hosting;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Topics;
using Portask.State.Transactions;
using AddPartitions = Portask.State.Transactions.AddPartitions;

namespace Portask.Broker.Tests.Cluster;

/// <summary>Every message that may cross nodes goes through a serializer of its own and comes out as it went in.</summary>
public sealed class SerializerTests() : TestKit(Bindings)
{
    private static readonly Guid Topic = Guid.Parse("0f9c1dcd-6d7f-4d39-8f0e-1f6c7e7a4a10");
    private static readonly Guid Partitions = Guid.Parse("6d7f0f9c-1dcd-4d39-8f0e-1f6c7e7a4a10");
    private static readonly ProducerIdAndEpoch Producer = new(7_000_000_000, 3);
    private static readonly OffsetToCommit[] Offsets =
    [
        new(new OffsetKey("t", 1), Topic, 5, 2, "m", 9), new(new OffsetKey("t", 2), Topic, 6, -1, null, null),
    ];

    private static Config Bindings => NodeConfiguration.Build(new NodeOptions { SqlProvider = "Sqlite" });

    public static TheoryData<string> Cases => [.. Messages.Select(message => $"{message.GetType().Name} {Array.IndexOf(Messages, message)}")];

    private static object[] Messages { get; } =
    [
        new NodeState(new BrokerEndpoint(1, "h", 9092, "r"), 5, 1, 2, [new(Topic, 0, 1), new(Topic, 7, 2), new(Guid.Empty, 1, 3)], true),
        new NodeState(new BrokerEndpoint(1, "h", 9092, null), 0, 0, 1, [], false),
        new LeadersChanged(1, 6, [new(Topic, 0, 1)], [new(Topic, 1, 4)]),
        new StateVersion(1, 7),
        StateWanted.Instance,
        new Ping(long.MaxValue),
        new Pong(3, true),
        new RegistryAdvanced(8),
        Locate.Instance,
        new Located(3),
        HandOffStop.Instance,
        new TrafficWanted(long.MaxValue, 12),
        new TrafficTold(
            7, 8, 9, true, [new(Topic, new(1, 2, 3, 4)), new(Guid.Empty, new(0, 0, 0, 5))],
            [new(Topic, 0, -1, 10, 11), new(Topic, 7, 2, 12, 13), new(Partitions, 1, 3, long.MaxValue, 14)]),
        new TrafficTold(7, 8, 9, false, [], []),
        WakeRegistry.Instance,
        new ChangeTopics(
        [
            new CreateTopic(Topic, "t", 3, 2, null, [KeyValuePair.Create<string, string?>("a", "b"), KeyValuePair.Create<string, string?>("c", null)], true),
            new CreateTopic(Topic, "u", -1, -1, [KeyValuePair.Create<int, IReadOnlyList<int>>(0, [1, 2])], [], false),
            new DeleteTopic(Topic, null),
            new DeleteTopic(Guid.Empty, "t"),
            new State.Topics.AddPartitions("t", 5, [[1], [2]], false),
            new State.Topics.AddPartitions("t", 5, null, true),
            new AlterBrokerConfigs("1", [new("a", ConfigOperation.Append, "b")], false, true),
            new AlterTopicConfigs("t", [new("a", ConfigOperation.Set, "b"), new("c", ConfigOperation.Delete, null)], true, false),
        ]),
        new TopicsChanged(
        [
            new TopicReply(ErrorCode.None, null, new Topic(Topic, "t", 3, 2, ImmutableSortedDictionary<string, string>.Empty.Add("a", "b"))),
            new TopicReply(ErrorCode.InvalidTopic, "no", null),
        ], 9),
        new AllotProducerIds(2),
        new ProducerIds(1000, 500),
        new RegisterBroker("key", -1, "r"),
        new RegisterBroker("key", 4, null),
        new BrokerAccepted(4, 10),
        new UnregisterBroker(4, true),
        new BrokerLeft(ErrorCode.BrokerIdNotRegistered),
        WakePartition.Instance,
        new PartitionAwake(Topic, 1, 2),
        DeletePartition.Instance,
        new PartitionDeleted(Topic, 1),
        new ListGroup("g"),
        new UnlistGroup("g"),
        WakeGroups.Instance,
        new GroupUnavailable(ErrorCode.NotCoordinator),
        new AskGroup(new CommitTransactionalOffsets(0, 7, "m", "i", 3, Offsets)),
        new AskGroup(new DecideTransactionalOffsets(0, 7, true)),
        new PlainReply(ErrorCode.None),
        new PartitionsReply(ErrorCode.None, [ErrorCode.None, ErrorCode.OffsetMetadataTooLarge]),
        new ForgetTopic(Topic),
        new DropTopic(Topic),
        new JoinPartition(new AddPartitions(Producer, [new(Topic, 1)]), new(Topic, 1), Producer, 8),
        new JoinPartition(new VerifyPartitions(Producer, [new(Topic, 1)]), new(Topic, 1), Producer, 9),
        new PartitionJoined(9, Producer, ErrorCode.InvalidTxnState),
        new ListTransactionalId("t"),
        TransactionalIdIsListed.Instance,
        new UnlistTransactionalId("t"),
        WakeTransactions.Instance,
        new ForwardOffsets(new AddGroup(Producer, "g"), "g", new CommitTransactionalOffsets(0, 7, "m", null, -1, Offsets)),
        new ForwardOffsets(new VerifyGroup(Producer, "g"), "g", new CommitTransactionalOffsets(0, 7, "", null, -1, [])),
        new OffsetsRefused(ErrorCode.InvalidTxnState),
        new WriteMarker(new(Topic, 1), Producer, new TransactionMarker(true, 4), true, 11),
        new MarkerWritten(new(Topic, 1), ErrorCode.None, 12),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_message_comes_out_as_it_went_in(string name)
    {
        var message = Messages[int.Parse(name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)];

        // By the system, so that a missing binding shows too.
        var serializer = Sys.Serialization.FindSerializerFor(message);
        var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
        var read = Sys.Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, manifest);

        Assert.IsType<ClusterSerializer>(serializer);
        Assert.Equivalent(message, read, strict: true);
        Assert.IsType(message.GetType(), read);
    }

    [Fact]
    public void Every_type_that_may_cross_nodes_is_among_the_cases()
    {
        var marked = typeof(ICrossesNodes).Assembly.GetTypes().Where(type => !type.IsInterface && type.IsAssignableTo(typeof(ICrossesNodes)));
        var tested = Messages.Select(message => message.GetType()).ToHashSet();

        Assert.DoesNotContain(marked.Union(ClusterSerializer.Types), type => !tested.Contains(type));
    }
}
