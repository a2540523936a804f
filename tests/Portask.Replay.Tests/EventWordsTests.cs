using Portask.Protocol.Records;
using Portask.Replay.Timelines;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Replay.Tests;

/// <summary>Timelines say what happened in the words of Kafka.</summary>
public sealed class EventWordsTests
{
    private static readonly Guid Topic = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly MemberProtocol Range = new("range", new byte[] { 0, 1, 0, 0, 0, 1, 0, 1, (byte)'t', 255, 255, 255, 255 });
    private static readonly byte[] Assignment = [0, 1, 0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255];

    public static TheoryData<string, IJournaled> Events => new()
    {
        { "topic t created: 3 partitions, replication factor 1, id 00112233445566778899aabbccddeeff, retention.ms=7", new TopicCreated(Topic, "t", 3, 1, new Dictionary<string, string> { ["retention.ms"] = "7" }, 1) },
        { "configs of topic 00112233445566778899aabbccddeeff altered: cleanup.policy=compact, retention.ms back to its default", new TopicConfigsAltered(Topic, new Dictionary<string, string?> { ["cleanup.policy"] = "compact", ["retention.ms"] = null }, 1) },
        { "broker 3 takes part, rack r: node k", new BrokerRegistered(3, "k", "r", 1) },
        { "broker 3 unregistered", new BrokerUnregistered(3, 1) },
        { "m1 joined as static member i: client id c, host /1.2.3.4, subscription t, session timeout 45 s, rebalance timeout 5 min 0 s, protocols range", new MemberJoined("m1", "i", "c", "/1.2.3.4", 45_000, 300_000, "consumer", [Range]) },
        { "static member came back: m2 takes the place of m1", new MemberReplaced("m1", "m2") },
        { "m1 is out: session timed out", new MemberLeft("m1", "session timed out", LeaveCause.SessionTimedOut) },
        { "rebalance: session of m1 timed out", new RebalanceStarted("session of m1 timed out", 1, RebalanceCause.SessionTimedOut, "m1") },
        { "generation 3: protocol range, leader m1", new GenerationStarted(3, "range", "m1", 1) },
        { "generation 4: the group is empty", new GenerationStarted(4, null, null, 1) },
        { "generation 3 is stable: m1 has t/0, t/3; m2 has nothing", new AssignmentsMade(3, [new("m1", Assignment), new("m2", default)]) },
        { "offsets committed: t/0 at 12", new OffsetsCommitted([KeyValuePair.Create(new OffsetKey("t", 0), new CommittedOffset(Topic, 12, -1, null, 1, null))]) },
        { "pending offsets of producer 9 dropped: the transaction aborted", new TransactionalOffsetsDecided(9, false) },
        { "producer 9 epoch 2 took the transactional id, transaction timeout 1 min 0 s", new ProducerAssigned(new(9, 2), ProducerIdAndEpoch.None, 60_000, 1) },
        { "abort decided: timed out; markers name producer 9 epoch 3, the next one is 9 epoch 3", new TransactionDecided(false, new(9, 3), new(9, 3), ProducerIdAndEpoch.None, "timed out", 1) },
        { "node 1 leads: leader epoch 4 from offset 100", new LeaderEpochStarted(4, 100, 1, 1) },
        { "log start offset moved to 50", new LogStartOffsetMoved(50, 1) },
        { "2 records at offsets 7-8, 77 bytes, producer 9 epoch 2 sequence 5, in a transaction", Batch() },
        { "ABORT marker at offset 9: producer 9 epoch 2", Marker() },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_one_sentence(string sentence, IJournaled journaled) =>
        Assert.Equal(sentence, EventWords.Text(journaled, TopicNames.None));

    [Fact]
    public void An_assignment_that_a_member_made_up_is_not_believed()
    {
        // Claims 2 billion topics, and a topic with 2 billion partitions.
        Assert.False(ConsumerAssignment.TryReadPartitions([0, 1, 127, 255, 255, 255, 0, 0], out _));
        Assert.False(ConsumerAssignment.TryReadPartitions([0, 1, 0, 0, 0, 1, 0, 1, (byte)'t', 127, 255, 255, 255], out _));
        Assert.True(ConsumerAssignment.TryReadPartitions([], out var none));
        Assert.Empty(none);
    }

    private static BatchAppended Batch()
    {
        var builder = new RecordBatchBuilder { ProducerId = 9, ProducerEpoch = 2, BaseSequence = 5, IsTransactional = true };
        var batch = builder.Append(1, null, "a"u8.ToArray()).Append(2, null, "b"u8.ToArray()).Build();
        RecordBatch.Stamp(batch, 7, 0);
        return new(batch, 1);
    }

    private static BatchAppended Marker()
    {
        var batch = new TransactionMarker(false, 0).ToBatch(9, 2, 1);
        RecordBatch.Stamp(batch, 9, 0);
        return new(batch, 1);
    }
}
