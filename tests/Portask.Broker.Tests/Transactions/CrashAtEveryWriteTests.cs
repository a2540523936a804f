using Akka.Actor;
using Portask.Broker.Transactions;
using Portask.Protocol.Records;
using Portask.State.Transactions;
using Xunit.Abstractions;

namespace Portask.Broker.Tests.Transactions;

/// <summary>
/// Coordinator, partitions and group are killed at every single write of some transactions, with the write on the disk and
/// without: afterwards each transaction is there as a whole or not at all, as its client was told if it was told.
/// </summary>
public sealed class CrashAtEveryWriteTests(ITestOutputHelper output)
{
    private static readonly PlannedTransaction[] Everything = [new(true, 1), new(false, 1), new(true, 2), new(false, 2), new(true, 1)];
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_transaction_is_whole_or_not_there(bool isStored)
    {
        var writes = 0;
        while (await KilledAsync(Everything, writes + 1, isStored) is { } killed)
        {
            writes++;
            await AssertRecoversAsync(killed, $"killed at write {writes}", timesOut: writes % 2 == 0);
        }
        output.WriteLine($"{writes} writes");
        Assert.InRange(writes, 40, 200);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_kill_while_the_first_is_recovered_from_changes_nothing(bool isStored)
    {
        PlannedTransaction[] plan = [new(true, 1), new(true, 2)];
        var kills = 0;
        for (var write = 1; await KilledAsync(plan, write, isStored) is not null; write++)
            for (var second = 1; await KilledAsync(plan, write, isStored) is { } killed; second++)
            {
                var again = new Life(killed.Disk, second, isStored);
                using var node = new TransactionNode(again, TimeProvider.System);
                if (await Task.WhenAny(RecoverAsync(node, timesOut: false), again.Ended).WaitAsync(Patience.Time) != again.Ended)
                    break;
                await AssertRecoversAsync(killed, $"killed at write {write} and at write {second} after it", timesOut: false);
                kills++;
            }
        output.WriteLine($"{kills} pairs");
        Assert.InRange(kills, 50, 1000);
    }

    /// <summary>Runs the plan up to a write; null when there are fewer.</summary>
    private static async Task<Killed?> KilledAsync(PlannedTransaction[] plan, int write, bool isStored)
    {
        var life = new Life(new Disk(), write, isStored);
        using var node = new TransactionNode(life, TimeProvider.System);
        var attempts = new List<Attempt>();
        var run = RunAsync(node, plan, attempts);
        if (await Task.WhenAny(run, life.Ended).WaitAsync(Patience.Time) == life.Ended)
            return new(life.Disk, attempts);
        await run;
        return null;
    }

    private static async Task RunAsync(TransactionNode node, PlannedTransaction[] plan, List<Attempt> attempts)
    {
        var client = new TransactionalClient(node);
        await client.BeginAsync();
        for (var number = 0; number < plan.Length; number++)
        {
            attempts.Add(new Attempt(plan[number].Commits));
            await client.RunAsync(plan[number], attempts[number], number);
        }
        await UntilAsync(node, phase => phase is TransactionPhase.CompleteCommit or TransactionPhase.CompleteAbort);
    }

    private static async Task AssertRecoversAsync(Killed killed, string what, bool timesOut)
    {
        var time = timesOut ? new LaterTime(TimeSpan.FromMilliseconds(TransactionalClient.TimeoutMs)) : TimeProvider.System;
        using (var node = new TransactionNode(new Life(killed.Disk, 0, false), time))
            await RecoverAsync(node, timesOut).WaitAsync(Patience.Time);
        var committed = Enumerable.Range(0, killed.Attempts.Count).Where(number => IsCommitted(killed, number, what)).ToList();
        var group = TransactionNode.Group(killed.Disk);
        Assert.True(group.PendingOffsets.IsEmpty, $"{what}: offsets are pending");
        var offset = group.Offsets.TryGetValue(TransactionalClient.Committed, out var found) ? found.Offset : 0;
        Assert.True(offset == (committed.Count > 0 ? committed[^1] + 1 : 0), $"{what}: the offset is {offset} after the commits {string.Join(',', committed)}");
        Assert.True(
            committed.Count == TransactionNode.Commits(killed.Disk, TransactionalClient.TransactionalId), $"{what}: the decisions are not what is seen");
    }

    /// <summary>As a node does when it starts, and then as a producer that comes back, or as time does when none comes.</summary>
    private static async Task RecoverAsync(TransactionNode node, bool timesOut)
    {
        node.Coordinators.Tell(TransactionRegion.ToDirectory(WakeTransactions.Instance), ActorRefs.NoSender);
        await UntilAsync(node, phase => phase is not TransactionPhase.PrepareAbort and not TransactionPhase.PrepareCommit && (!timesOut || phase != TransactionPhase.Ongoing));
        if (!timesOut)
            await new TransactionalClient(node).BeginAsync();
    }

    private static async Task UntilAsync(TransactionNode node, Func<TransactionPhase, bool> isReached)
    {
        while ((await node.Transactions.DescribeAsync(TransactionalClient.TransactionalId, CancellationToken.None)).Found is not { } described || !isReached(described.State.Phase))
            await Task.Yield();
    }

    private static bool IsCommitted(Killed killed, int number, string what)
    {
        var seen = Enumerable.Range(0, TransactionNode.PartitionCount).Select(partition => IsSeen(killed.Disk, partition, number, what)).Distinct().ToList();
        Assert.True(seen.Count == 1, $"{what}: transaction {number} is in one partition only");
        var attempt = killed.Attempts[number];
        Assert.False(seen[0] && !(attempt.Commits && attempt.EndAsked), $"{what}: transaction {number} is seen and nobody committed it");
        Assert.False(attempt.EndAnswered && seen[0] != attempt.Commits, $"{what}: transaction {number} is not what its client was told");
        return seen[0];
    }

    /// <summary>Whether a reader of committed records sees a transaction's record.</summary>
    private static bool IsSeen(Disk disk, int partition, int number, string what)
    {
        var (state, batches) = TransactionNode.Partition(disk, partition);
        Assert.True(state.LastStableOffset == state.NextOffset, $"{what}: partition {partition} has a transaction open");
        var batch = batches.SingleOrDefault(batch => NumberIn(batch.Batch) == number);
        return batch is not null && !state.Transactions.Aborted.All.Any(aborted =>
            aborted.ProducerId == batch.Batch.ProducerId && aborted.FirstOffset <= batch.Batch.BaseOffset && batch.Batch.BaseOffset <= aborted.LastOffset);
    }

    private static int NumberIn(RecordBatch batch)
    {
        var reader = RecordReader.Open(batch, batch.Length);
        Assert.True(reader.TryReadNext(out var record));
        return record.Value!.Value.Span[0];
    }

    private sealed record Killed(Disk Disk, List<Attempt> Attempts);

    private sealed class LaterTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
