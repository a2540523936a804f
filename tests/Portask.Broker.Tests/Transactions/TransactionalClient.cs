using Akka.Actor;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Tests.Transactions;

/// <summary>A transaction that a client is to run.</summary>
/// <param name="Version">1 names its partitions before it writes, 2 does not and has its epoch raised.</param>
internal sealed record PlannedTransaction(bool Commits, int Version);

/// <summary>How far a transaction got as its client knows.</summary>
internal sealed record Attempt(bool Commits)
{
    public bool EndAsked { get; set; }

    public bool EndAnswered { get; set; }
}

/// <summary>Runs transactions as a client does: a batch in each partition, an offset in the group, the end.</summary>
internal sealed class TransactionalClient(TransactionNode node)
{
    public const string TransactionalId = "id";
    public const int TimeoutMs = 60_000;

    public static readonly OffsetKey Committed = new("input", 0);

    private static readonly TransactionPartition[] Partitions =
        [.. Enumerable.Range(0, TransactionNode.PartitionCount).Select(partition => new TransactionPartition(TransactionNode.TopicId, partition))];

    private readonly int[] _sequences = new int[TransactionNode.PartitionCount];
    private ProducerIdAndEpoch _producer;
    private int _version;

    /// <summary>Takes the transactional id.</summary>
    public Task BeginAsync() => BeginAsync(ProducerIdAndEpoch.None);

    /// <summary>Runs one transaction; its number is what its records hold and one less than its offset.</summary>
    public async Task RunAsync(PlannedTransaction plan, Attempt attempt, int number)
    {
        // An epoch is of one version: who changes over takes the next one first.
        if (plan.Version != _version && _version != 0)
            await BeginAsync(_producer);
        _version = plan.Version;
        if (plan.Version == 1)
        {
            await UntilTakenAsync(() => RunAsync(new AddPartitions(_producer, Partitions)));
            await UntilTakenAsync(() => RunAsync(new AddGroup(_producer, TransactionNode.GroupId)));
        }
        for (var partition = 0; partition < TransactionNode.PartitionCount; partition++)
            await AppendAsync(partition, number, plan.Version);
        await CommitOffsetAsync(number + 1, plan.Version);
        attempt.EndAsked = true;
        var reply = await UntilTakenAsync(() => RunAsync(new EndTransaction(_producer, plan.Commits, plan.Version == 2, -1)));
        attempt.EndAnswered = true;
        GoOn(reply.Producer);
    }

    private async Task BeginAsync(ProducerIdAndEpoch expected) =>
        GoOn((await UntilTakenAsync(() => RunAsync(new InitProducer(TimeoutMs, expected, 1000)))).Producer);

    private void GoOn(ProducerIdAndEpoch producer)
    {
        if (producer != _producer)
            Array.Clear(_sequences);
        _producer = producer;
    }

    private async Task AppendAsync(int partition, int number, int version)
    {
        var batch = new RecordBatchBuilder
        {
            ProducerId = _producer.ProducerId,
            ProducerEpoch = _producer.Epoch,
            BaseSequence = _sequences[partition]++,
            IsTransactional = true,
        };
        var append = new AppendBatch(
            batch.Append(1000, null, new byte[] { (byte)number }).Build(), -1, false, new AppendTransaction(TransactionalId, AddsPartition: version == 2, KnowsAbortable: true));
        var reply = await node.Partitions.Ask<AppendReply>(PartitionRegion.To(TransactionNode.TopicId, partition, append), Patience.Time);
        Assert.Equal(ErrorCode.None, reply.Error);
    }

    private async Task CommitOffsetAsync(long offset, int version)
    {
        TransactionCommand joins = version == 2 ? new AddGroup(_producer, TransactionNode.GroupId) : new VerifyGroup(_producer, TransactionNode.GroupId);
        var commit = new CommitTransactionalOffsets(
            0, _producer.ProducerId, "", null, -1, [new OffsetToCommit(Committed, Guid.Empty, offset, -1, null, null)]);
        var reply = await node.Transactions.CommitOffsetsAsync(TransactionalId, new ForwardOffsets(joins, TransactionNode.GroupId, commit), CancellationToken.None);
        Assert.Equal(ErrorCode.None, reply.Error);
    }

    private Task<TransactionReply> RunAsync(TransactionCommand command) => node.Transactions.RunAsync(TransactionalId, command, CancellationToken.None);

    private static async Task<TransactionReply> UntilTakenAsync(Func<Task<TransactionReply>> ask)
    {
        while (true)
        {
            var reply = await ask();
            if (reply.Error == ErrorCode.None)
                return reply;
            // What is in the mailbox of a coordinator that is killed goes with it; clients ask again.
            Assert.True(reply.Error is ErrorCode.ConcurrentTransactions or ErrorCode.CoordinatorNotAvailable, reply.Error.ToString());
            await Task.Yield();
        }
    }
}
