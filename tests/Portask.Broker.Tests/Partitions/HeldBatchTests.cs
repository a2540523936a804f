using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Portask.Broker.Cleaning;
using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Transactions;

namespace Portask.Broker.Tests.Partitions;

/// <summary>Batches that wait for their coordinator's word (KIP-890). The test is the coordinator.</summary>
public sealed class HeldBatchTests : TestKit
{
    private const string Config = """
        akka.loglevel = OFF
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        """;

    private readonly Guid _topicId = Guid.NewGuid();
    private readonly IActorRef _partition;

    public HeldBatchTests()
        : base(Config + Patience.Hocon)
    {
        var journal = new StillJournal();
        var context = new PartitionContext(
            new BrokerSettings(), new MetadataView(new Dictionary<string, string>()), journal, "akka.persistence.journal.inmem", new LocalPartitions(),
            new TransactionClient(() => TestActor, new CoordinatorClient(new LocalCoordinators(), () => TestActor, TransactionRegion.To, 1)),
            new LogCleaner(journal, new BrokerSettings(), TimeProvider.System), new TailBudget(1024 * 1024), TimeSpan.FromMinutes(5), TimeProvider.System);
        _partition = Sys.ActorOf(PartitionRegion.EntityProps(EntityIds.Partition(_topicId, 0), context));
    }

    [Fact]
    public void Batches_keep_their_order_and_one_question_is_enough()
    {
        Append(epoch: 0, sequence: 0);
        Append(epoch: 0, sequence: 1);

        Answer(Asked(), ErrorCode.None);

        Assert.Equal([0L, 1L], [ExpectMsg<AppendReply>().BaseOffset, ExpectMsg<AppendReply>().BaseOffset]);
        Append(epoch: 0, sequence: 2);
        Assert.Equal(2, ExpectMsg<AppendReply>().BaseOffset);
    }

    [Theory]
    [InlineData(ErrorCode.ProducerFenced, true, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ErrorCode.InvalidTxnState, true, ErrorCode.TransactionAbortable)]
    [InlineData(ErrorCode.InvalidTxnState, false, ErrorCode.InvalidTxnState)]
    [InlineData(ErrorCode.ConcurrentTransactions, false, ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.CoordinatorNotAvailable, true, ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.InvalidProducerIdMapping, true, ErrorCode.InvalidProducerIdMapping)]
    public void A_refusal_comes_in_the_words_of_producers(ErrorCode answered, bool knowsAbortable, ErrorCode expected)
    {
        Append(epoch: 0, sequence: 0, knowsAbortable: knowsAbortable);

        Answer(Asked(), answered);

        Assert.Equal(expected, ExpectMsg<AppendReply>().Error);
    }

    [Fact]
    public void Version_2_asks_again_while_the_last_transaction_is_being_ended()
    {
        Append(epoch: 1, sequence: 0, version: 2);
        Answer(Asked(), ErrorCode.ConcurrentTransactions);

        var again = Asked();
        Assert.IsType<AddPartitions>(again.Command);
        Answer(again, ErrorCode.None);

        Assert.Equal(ErrorCode.None, ExpectMsg<AppendReply>().Error);
    }

    /// <summary>A zombie's batch must not take down what its successor sent behind it.</summary>
    [Fact]
    public void A_batch_of_a_later_epoch_gets_an_answer_of_its_own()
    {
        Append(epoch: 0, sequence: 0);
        Append(epoch: 1, sequence: 0);

        Answer(Asked(), ErrorCode.ProducerFenced);

        Assert.Equal(ErrorCode.InvalidProducerEpoch, ExpectMsg<AppendReply>().Error);
        var second = Asked();
        Assert.Equal(1, second.Producer.Epoch);
        Answer(second, ErrorCode.None);
        Assert.Equal(new AppendReply(ErrorCode.None, 0, -1, 0), ExpectMsg<AppendReply>());
    }

    [Fact]
    public void A_batch_of_the_next_epoch_waits_although_the_last_transaction_is_still_open_here()
    {
        Append(epoch: 0, sequence: 0);
        Answer(Asked(), ErrorCode.None);
        ExpectMsg<AppendReply>();

        Append(epoch: 1, sequence: 0, version: 2);

        Assert.Equal(1, Asked().Producer.Epoch);
    }

    [Fact]
    public void An_answer_to_an_earlier_question_counts_for_nothing()
    {
        Append(epoch: 0, sequence: 0);
        var first = Asked();
        Answer(first, ErrorCode.CoordinatorNotAvailable);
        ExpectMsg<AppendReply>();
        Append(epoch: 0, sequence: 0);
        var second = Asked();

        Answer(first, ErrorCode.None);
        Answer(second, ErrorCode.InvalidTxnState);

        Assert.Equal(ErrorCode.TransactionAbortable, ExpectMsg<AppendReply>().Error);
    }

    private JoinPartition Asked() => (JoinPartition)ExpectMsg<ShardingEnvelope>().Message;

    private void Answer(JoinPartition asked, ErrorCode error) => _partition.Tell(new PartitionJoined(asked.Token, asked.Producer, error));

    private void Append(short epoch, int sequence, int version = 1, bool knowsAbortable = true)
    {
        var batch = new RecordBatchBuilder { ProducerId = 1, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = true };
        var bytes = batch.Append(1000, null, "v"u8.ToArray()).Build();
        _partition.Tell(new AppendBatch(bytes, 1, false, new AppendTransaction("id", AddsPartition: version == 2, knowsAbortable)), TestActor);
    }
}
