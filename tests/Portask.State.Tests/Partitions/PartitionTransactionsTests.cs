using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

/// <summary>Open and aborted transactions of a partition, against a list of records that each know their fate.</summary>
public class PartitionTransactionsTests
{
    [Fact]
    public void The_last_stable_offset_stops_at_the_first_record_of_the_oldest_open_transaction()
    {
        var log = new Log();
        log.Append(producer: 1, records: 2);
        log.Append(producer: 2, records: 3);
        log.End(producer: 1, commits: true);
        Assert.Equal((2, 6), (log.State.LastStableOffset, log.State.NextOffset));

        log.End(producer: 2, commits: false);

        Assert.Equal(7, log.State.LastStableOffset);
        Assert.Equal([new AbortedTransaction(2, 2, 6, 7)], log.State.Transactions.Aborted.All);
    }

    [Fact]
    public void Aborted_transactions_come_by_first_offset_however_they_ended()
    {
        var log = new Log();
        for (var producer = 1; producer <= 3; producer++)
            log.Append(producer, 1);
        foreach (var producer in new[] { 3, 1, 2 })
            log.End(producer, commits: false);

        Assert.Equal([0L, 1L, 2L], log.State.Transactions.Aborted.Within(0, 6).Select(aborted => aborted.FirstOffset));
        Assert.Equal([0L], log.State.Transactions.Aborted.Within(0, 1).Select(aborted => aborted.FirstOffset));
        Assert.Equal([1L], log.State.Transactions.Aborted.Within(5, 6).Select(aborted => aborted.FirstOffset));
    }

    [Fact]
    public void A_marker_that_is_told_again_is_a_duplicate_and_one_of_the_past_is_refused()
    {
        var log = new Log();
        log.Append(producer: 1, records: 1);
        var commit = new TransactionMarker(true, 5);
        Assert.Equal(new AppendDecision(ErrorCode.None, 1, false), log.State.DecideMarker(1, 0, commit, false));
        log.End(1, commits: true, coordinatorEpoch: 5);

        Assert.True(log.State.DecideMarker(1, 0, commit, false).IsDuplicate);
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, log.State.DecideMarker(1, 0, commit with { CoordinatorEpoch = 4 }, false).Error);
        Assert.False(log.State.DecideMarker(1, 1, commit, true).IsDuplicate);
        log.End(1, commits: false, epoch: 1, coordinatorEpoch: 5);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.State.DecideMarker(1, 0, commit, false).Error);
    }

    [Fact]
    public void A_marker_with_a_raised_epoch_fences_the_producer()
    {
        var log = new Log();
        log.Append(producer: 1, records: 2);

        log.End(1, commits: false, epoch: 1);

        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.State.Decide(Log.Batch(1, 0, sequence: 2, records: 1)).Error);
        Assert.Equal(ErrorCode.None, log.State.Decide(Log.Batch(1, 1, sequence: 0, records: 1)).Error);
    }

    /// <summary>With version 2 the next transaction has the very epoch of the last one's markers, one of which may come twice.</summary>
    [Fact]
    public void A_raised_marker_that_comes_late_does_not_end_the_next_transaction()
    {
        var log = new Log();
        log.Append(producer: 1, records: 1);
        log.End(1, commits: true, epoch: 1);
        log.Append(producer: 1, records: 1, epoch: 1);

        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.State.DecideMarker(1, 1, new TransactionMarker(true, 0), isRaised: true).Error);
        Assert.Equal(ErrorCode.None, log.State.DecideMarker(1, 2, new TransactionMarker(true, 0), isRaised: true).Error);
        Assert.False(log.State.DecideMarker(1, 1, new TransactionMarker(true, 0), isRaised: false).IsDuplicate);
    }

    [Fact]
    public void A_batch_of_a_later_epoch_does_not_join_an_open_transaction()
    {
        var log = new Log();
        log.Append(producer: 1, records: 1);

        Assert.False(log.State.IsInTransaction(1, 1));
        Assert.Equal(ErrorCode.InvalidTxnState, log.State.Decide(Log.Batch(1, 1, sequence: 0, records: 1)).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.State.Decide(Log.Batch(1, -1, sequence: 0, records: 1)).Error);
    }

    [Fact]
    public void A_producer_is_not_forgotten_while_its_transaction_is_open()
    {
        var log = new Log();
        log.Append(producer: 1, records: 1);
        log.Append(producer: 2, records: 1);
        log.End(producer: 2, commits: true);

        log.State.ExpireProducers(long.MaxValue);

        Assert.Equal([1L], log.State.Producers.ToSnapshot().Select(producer => producer.ProducerId));
    }

    [Fact]
    public void A_plain_batch_in_the_middle_of_a_transaction_is_refused()
    {
        var log = new Log();
        log.Append(producer: 1, records: 1);

        Assert.Equal(ErrorCode.InvalidTxnState, log.State.Decide(Log.Batch(1, 0, 1, 1, isTransactional: false)).Error);
    }

    [Fact]
    public void A_marker_comes_back_from_its_batch()
    {
        var marker = new TransactionMarker(true, 77);

        Assert.Equal(marker, TransactionMarker.Of(new RecordBatch(marker.ToBatch(5, 3, 1000))));
        Assert.Throws<KafkaProtocolException>(() => TransactionMarker.Of(Log.Batch(1, 0, 0, 1)));
    }

    /// <summary>Read any range as clients do, over a snapshot taken anywhere: exactly the committed records come out.</summary>
    [Property(MaxTest = 500)]
    public Property Readers_see_what_was_committed_and_nothing_else(PositiveInt seed, PositiveInt length)
    {
        var random = new System.Random(seed.Get);
        var log = new Log();
        for (var i = 0; i < length.Get % 80; i++)
            log.Step(random);
        var from = random.NextInt64(log.State.LogStartOffset, log.State.NextOffset + 1);
        var restored = new PartitionState(log.State.ToSnapshot());

        var seen = log.ReadCommitted(restored, from);

        return (seen.SequenceEqual(log.Expected(from)) && restored.LastStableOffset == log.State.LastStableOffset)
            .Label($"from {from}: saw {string.Join(',', seen)}, expected {string.Join(',', log.Expected(from))}");
    }

    /// <summary>A partition with the records that it was given, and the fate of each.</summary>
    private sealed class Log
    {
        private readonly List<(RecordBatch Batch, int Transaction)> _batches = [];
        private readonly Dictionary<int, bool> _committed = [];
        private readonly Dictionary<long, (int Transaction, int NextSequence)> _producers = [];
        private long _sequenceNr;
        private int _transactions;

        public PartitionState State { get; } = new();

        public static RecordBatch Batch(long producer, short epoch, int sequence, int records, bool isTransactional = true)
        {
            var builder = new RecordBatchBuilder { ProducerId = producer, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = isTransactional };
            for (var i = 0; i < records; i++)
                builder.Append(1000, null, "v"u8.ToArray());
            return new RecordBatch(builder.Build());
        }

        public void Step(System.Random random)
        {
            var producer = random.Next(1, 4);
            switch (random.Next(8))
            {
                case 0:
                    State.Apply(new LogStartOffsetMoved(random.NextInt64(State.LogStartOffset, State.LastStableOffset + 1), 0), ++_sequenceNr);
                    break;
                case 1 or 2 or 3:
                    End(producer, commits: random.Next(2) == 0);
                    break;
                default:
                    Append(producer, random.Next(1, 4));
                    break;
            }
        }

        public void Append(long producer, int records, short epoch = 0)
        {
            var (transaction, sequence) = _producers.GetValueOrDefault(producer);
            if (transaction == 0)
                transaction = ++_transactions;
            if (epoch > 0)
                sequence = 0;
            var batch = Batch(producer, epoch, sequence, records);
            Assert.Equal(new AppendDecision(ErrorCode.None, State.NextOffset, false), State.Decide(batch));
            _producers[producer] = (transaction, sequence + records);
            Add(batch, transaction);
        }

        public void End(long producer, bool commits, short epoch = 0, int coordinatorEpoch = 0)
        {
            var (transaction, sequence) = _producers.GetValueOrDefault(producer);
            _committed[transaction] = commits;
            _producers[producer] = (0, sequence);
            Add(new RecordBatch(new TransactionMarker(commits, coordinatorEpoch).ToBatch(producer, epoch, 1000)), 0);
        }

        /// <summary>What a client makes of the batches and the list of aborted transactions.</summary>
        public List<long> ReadCommitted(PartitionState state, long from)
        {
            var batches = _batches.Select(entry => entry.Batch).Where(batch => batch.NextOffset > from && batch.BaseOffset < state.LastStableOffset).ToList();
            var aborted = new Queue<AbortedTransaction>(batches.Count == 0 ? [] : state.Transactions.Aborted.Within(from, batches[^1].NextOffset));
            var skipping = new HashSet<long>();
            var seen = new List<long>();
            foreach (var batch in batches)
            {
                while (aborted.TryPeek(out var next) && next.FirstOffset <= batch.LastOffset)
                    skipping.Add(aborted.Dequeue().ProducerId);
                if (batch.IsControl)
                {
                    if (!TransactionMarker.Of(batch).Commits)
                        skipping.Remove(batch.ProducerId);
                }
                else if (!skipping.Contains(batch.ProducerId))
                    seen.AddRange(Offsets(batch).Where(offset => offset >= from));
            }
            return seen;
        }

        /// <summary>The committed records before the first undecided one.</summary>
        public IEnumerable<long> Expected(long from)
        {
            var undecided = _batches.Find(entry => entry.Transaction > 0 && !_committed.ContainsKey(entry.Transaction));
            var end = undecided.Transaction > 0 ? undecided.Batch.BaseOffset : State.NextOffset;
            return _batches
                .Where(entry => entry.Transaction > 0 && _committed.GetValueOrDefault(entry.Transaction) && entry.Batch.BaseOffset < end)
                .SelectMany(entry => Offsets(entry.Batch))
                .Where(offset => offset >= from);
        }

        private static IEnumerable<long> Offsets(RecordBatch batch)
        {
            for (var offset = batch.BaseOffset; offset <= batch.LastOffset; offset++)
                yield return offset;
        }

        private void Add(RecordBatch batch, int transaction)
        {
            RecordBatch.Stamp(batch.Bytes, State.NextOffset, 0);
            _batches.Add((batch, transaction));
            State.Apply(new BatchAppended(batch.Bytes, 1000), ++_sequenceNr);
        }
    }
}
