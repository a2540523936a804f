using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.Broker.Tests.Cluster;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Topics;

namespace Portask.Broker.Tests.Partitions;

/// <summary>When a partition answers, and what becomes of those who wait when its journal fails.</summary>
public sealed class PartitionActorTests : TestKit
{
    private const string Config = """
        akka.loglevel = OFF
        akka.persistence.journal.plugin = "test.journal"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        test.journal {
          class = "Portask.Broker.Tests.Partitions.SwitchableJournal, Portask.Broker.Tests"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }
        """;

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly Guid _topicId = Guid.NewGuid();
    private readonly StillJournal _journal = new();
    private readonly LocalPartitions _partitions = new();
    private readonly MetadataView _metadata = new(new Dictionary<string, string>());
    private readonly string _journalId;

    public PartitionActorTests()
        : base(Config + Patience.Hocon)
    {
        SwitchableJournal.Broken = false;
        _journalId = EntityIds.PartitionJournal(EntityIds.Partition(_topicId, 0));
    }

    [Fact]
    public void Acks_1_is_answered_once_written()
    {
        Start().Tell(new AppendBatch(Batch(3), 1, false), TestActor);

        Assert.Equal(new AppendReply(ErrorCode.None, 0, -1, 0), ExpectMsg<AppendReply>());
    }

    [Fact]
    public async Task Acks_all_is_answered_only_once_on_disk()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(1), -1, false), TestActor);
        partition.Tell(new AppendBatch(Batch(1), 1, false), TestActor);
        Assert.Equal(1, ExpectMsg<AppendReply>().BaseOffset);
        ExpectNoMsg(Silence);

        // The epoch is number 1, the first batch number 2.
        await _journal.SyncedAsync(_journalId, 1);
        ExpectNoMsg(Silence);
        await _journal.SyncedAsync(_journalId, 2);

        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
    }

    [Fact]
    public async Task A_duplicate_waits_for_the_disk_as_the_first_one_did()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(2, sequence: 0), -1, false), TestActor);
        partition.Tell(new AppendBatch(Batch(2, sequence: 0), -1, false), TestActor);
        ExpectNoMsg(Silence);

        await _journal.SyncedAsync(_journalId, 2);

        Assert.Equal([0L, 0L], [ExpectMsg<AppendReply>().BaseOffset, ExpectMsg<AppendReply>().BaseOffset]);
        Assert.Equal(2, _partitions.Find(_topicId, 0)!.HighWatermark);
    }

    [Fact]
    public void Acks_0_is_answered_once_written_so_that_who_handles_it_can_wait()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(4), 0, false), TestActor);
        partition.Tell(new AppendBatch(Batch(1), 0, false), TestActor);

        Assert.Equal([0L, 4L], [ExpectMsg<AppendReply>().BaseOffset, ExpectMsg<AppendReply>().BaseOffset]);
    }

    [Fact]
    public void A_journal_that_fails_fails_all_who_wait_and_the_next_incarnation_starts_from_what_is_there()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(1, sequence: 0), 1, false), TestActor);
        ExpectMsg<AppendReply>();
        Watch(partition);

        SwitchableJournal.Broken = true;
        partition.Tell(new AppendBatch(Batch(1, sequence: 1), 1, false), TestActor);
        partition.Tell(new AppendBatch(Batch(1, sequence: 2), -1, false), TestActor);

        Assert.Equal(ErrorCode.KafkaStorageError, ExpectMsg<AppendReply>().Error);
        // Who is told and comes again at once is not sent to the one that stops.
        Assert.False(_partitions.Find(_topicId, 0)!.IsWritable);
        Assert.Equal(ErrorCode.KafkaStorageError, ExpectMsg<AppendReply>().Error);
        ExpectTerminated(partition);
        // What was written before is read on meanwhile.
        var left = _partitions.Find(_topicId, 0)!;
        Assert.Equal((1, false), (left.HighWatermark, left.IsStopped));
        SwitchableJournal.Broken = false;
        var again = Start();
        again.Tell(new AppendBatch(Batch(1, sequence: 1), 1, false), TestActor);
        Assert.Equal(new AppendReply(ErrorCode.None, 1, -1, 0), ExpectMsg<AppendReply>());
        Assert.Equal(1, _partitions.Find(_topicId, 0)!.Epochs.Latest);
        Assert.True(left.IsStopped);
    }

    [Fact]
    public void In_a_cluster_no_reader_is_left_behind_for_consumers_to_wait_at_while_another_node_leads()
    {
        var partition = Start(new BrokerSettings { IsClustered = true });
        partition.Tell(new AppendBatch(Batch(1, sequence: 0), 1, false), TestActor);
        ExpectMsg<AppendReply>();
        var reader = _partitions.Find(_topicId, 0)!;
        var stopped = new List<PartitionReader>();
        _partitions.Stopped += stopped.Add;
        Watch(partition);

        SwitchableJournal.Broken = true;
        partition.Tell(new AppendBatch(Batch(1, sequence: 1), 1, false), TestActor);

        // Whether it was written is open, and a client must not take it for not written.
        Assert.Equal(ErrorCode.RequestTimedOut, ExpectMsg<AppendReply>().Error);
        ExpectTerminated(partition);
        Assert.Null(_partitions.Find(_topicId, 0));
        Assert.True(reader.IsStopped);
        Assert.Equal([reader], stopped);
    }

    [Fact]
    public void A_new_leader_sends_a_batch_back_whose_predecessor_may_have_come_before_it_led()
    {
        var clock = new Clock();
        var touch = new ClusterTouch(clock);
        var partition = Start(new BrokerSettings { IsClustered = true }, clock, touch);
        var early = new AppendBatch(Batch(1, sequence: 9), 1, false);
        partition.Tell(new AppendBatch(Batch(1, sequence: 0), 1, false), TestActor);
        Assert.Equal(ErrorCode.None, ExpectMsg<AppendReply>().Error);

        partition.Tell(early, TestActor);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, ExpectMsg<AppendReply>().Error);

        for (var i = 0; i < 8; i++)
        {
            clock.Pass(4);
            touch.Heard([touch.Now]);
        }
        partition.Tell(early, TestActor);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, ExpectMsg<AppendReply>().Error);

        // Out of touch the node refuses everything, and what follows after it may lack what was refused.
        clock.Pass(6);
        touch.Heard([touch.Now]);
        partition.Tell(early, TestActor);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, ExpectMsg<AppendReply>().Error);
    }

    [Fact]
    public async Task A_disk_that_fails_fails_who_waits_for_it()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(1), -1, false), TestActor);
        ExpectNoMsg(Silence);

        await _journal.FailedAsync(_journalId);

        Assert.Equal(ErrorCode.KafkaStorageError, ExpectMsg<AppendReply>().Error);
    }

    [Fact]
    public void Producers_and_epochs_are_remembered_over_a_restart()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(5, sequence: 0), 1, false), TestActor);
        ExpectMsg<AppendReply>();
        Stop(partition);

        var again = Start();
        again.Tell(new AppendBatch(Batch(5, sequence: 0), 1, false), TestActor);
        again.Tell(new AppendBatch(Batch(1, sequence: 9), 1, false), TestActor);
        again.Tell(WakePartition.Instance, TestActor);

        // The refusal needs no journal; the others wait for that of the new epoch.
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, ExpectMsg<AppendReply>().Error);
        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
        Assert.Equal(1, ExpectMsg<PartitionAwake>().LeaderEpoch);
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset_and_not_beyond_the_end()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(10), 1, false), TestActor);
        ExpectMsg<AppendReply>();
        partition.Tell(new DeleteRecordsBefore(4), TestActor);
        partition.Tell(new DeleteRecordsBefore(11), TestActor);
        Assert.Equal(ErrorCode.OffsetOutOfRange, ExpectMsg<RecordsDeleted>().Error);

        await _journal.SyncedAsync(_journalId, 3);

        Assert.Equal(new RecordsDeleted(ErrorCode.None, 4), ExpectMsg<RecordsDeleted>());
        Assert.Equal(4, _partitions.Find(_topicId, 0)!.LogStartOffset);
    }

    [Fact]
    public async Task Nobody_is_answered_before_a_fetch_would_find_what_was_written()
    {
        var partition = Start();
        await _journal.SyncedAsync(_journalId, 2);

        partition.Tell(new AppendBatch(Batch(10), -1, false), TestActor);

        Assert.Equal(ErrorCode.None, ExpectMsg<AppendReply>().Error);
        Assert.Equal(10, _partitions.Find(_topicId, 0)!.HighWatermark);
    }

    [Fact]
    public void A_deleted_partition_answers_and_leaves_nothing()
    {
        var partition = Start();
        partition.Tell(new AppendBatch(Batch(3), 1, false), TestActor);
        ExpectMsg<AppendReply>();

        partition.Tell(DeletePartition.Instance, TestActor);

        Assert.Equal(new PartitionDeleted(_topicId, 0), ExpectMsg<PartitionDeleted>());
        Stop(partition);
        Start().Tell(new AppendBatch(Batch(1), 1, false), TestActor);
        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
    }

    [Fact]
    public void A_topic_has_its_records_flushed_after_a_number_of_them_and_after_a_time()
    {
        Configure("flush.messages", "4");
        var partition = Start();
        for (var batch = 1; batch <= 4; batch++)
        {
            partition.Tell(new AppendBatch(Batch(2), 1, false), TestActor);
            ExpectMsg<AppendReply>();
            Assert.Equal(batch / 2, _journal.Flushes);
        }

        Configure("flush.ms", "10");
        partition.Tell(new AppendBatch(Batch(1), 1, false), TestActor);
        AwaitAssert(() => Assert.Equal(3, _journal.Flushes));
    }

    private void Configure(string config, string value) =>
        _metadata.Put(new Topic(_topicId, "topic", 1, 1, ImmutableSortedDictionary<string, string>.Empty.Add(config, value)));

    private IActorRef Start(BrokerSettings? settings = null, TimeProvider? time = null, ClusterTouch? touch = null)
    {
        var context = new PartitionContext(
            settings ?? new BrokerSettings(),
            _metadata,
            _journal,
            "test.journal",
            _partitions,
            new TransactionClient(() => TestActor, new CoordinatorClient(new LocalCoordinators(), () => TestActor, TransactionRegion.To, 1)),
            new LogCleaner(_journal, new BrokerSettings(), TimeProvider.System),
            new TailBudget(1024 * 1024),
            TimeSpan.FromMinutes(5),
            time ?? TimeProvider.System)
        {
            Touch = touch ?? ClusterTouch.Always,
        };
        return Sys.ActorOf(PartitionRegion.EntityProps(EntityIds.Partition(_topicId, 0), context));
    }

    private void Stop(IActorRef partition)
    {
        Watch(partition);
        Sys.Stop(partition);
        ExpectTerminated(partition);
        Unwatch(partition);
    }

    private static byte[] Batch(int records, int sequence = -1)
    {
        var builder = sequence < 0
            ? new RecordBatchBuilder()
            : new RecordBatchBuilder { ProducerId = 1, ProducerEpoch = 0, BaseSequence = sequence };
        for (var i = 0; i < records; i++)
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, "v"u8.ToArray());
        return builder.Build();
    }
}
