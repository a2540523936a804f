using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Portask.Protocol;
using Portask.State.Transactions;

namespace Portask.State.Tests.Transactions;

public class TransactionMachineTests
{
    private const int TimeoutMs = 60_000;

    private static readonly TransactionSettings Settings = new();
    private static readonly TransactionPartition Partition = new(Guid.Parse("11111111-1111-1111-1111-111111111111"), 0);
    private static readonly ProducerIdAndEpoch First = new(100, 0);

    private TransactionState _state = TransactionState.None;
    private long _now = 1_000_000;

    [Fact]
    public void A_new_id_gets_the_fresh_producer_and_each_later_one_the_next_epoch()
    {
        Assert.Equal(new(ErrorCode.None, First), Init(fresh: 100));
        Assert.Equal(new(ErrorCode.None, First with { Epoch = 1 }), Init(fresh: 101));
        Assert.Equal(TransactionPhase.Empty, _state.Phase);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(900_001)]
    public void A_timeout_out_of_range_is_refused(int timeoutMs) => Assert.Equal(
        ErrorCode.InvalidTransactionTimeout, Run(new InitProducer(timeoutMs, ProducerIdAndEpoch.None, 100)).Error);

    [Fact]
    public void A_producer_that_asks_for_its_next_epoch_twice_gets_the_same_one()
    {
        Init();
        var raised = Init(expected: First);
        Assert.Equal(new(ErrorCode.None, First with { Epoch = 1 }), raised);

        Assert.Equal(raised, Init(expected: First));
        Assert.Equal(ErrorCode.ProducerFenced, Init(expected: new(99, 0)).Error);
    }

    /// <summary>A producer that never heard what became of its end asks for its next epoch (KIP-360) and is no zombie.</summary>
    [Fact]
    public void A_producer_that_did_not_hear_of_its_end_is_told_the_epoch_that_it_was_given()
    {
        Begin();
        End(First, commits: true, raises: true);
        Assert.Equal(ErrorCode.ConcurrentTransactions, Init(expected: First).Error);
        Run(new MarkersWritten());

        Assert.Equal(new(ErrorCode.None, First with { Epoch = 1 }), Init(expected: First));
        Add(First with { Epoch = 1 });
        Assert.Equal(ErrorCode.ProducerFenced, Init(expected: First).Error);
    }

    [Fact]
    public void A_producer_that_takes_over_from_itself_goes_on_and_one_from_another_fences_it()
    {
        Begin();
        Assert.Equal(ErrorCode.ConcurrentTransactions, Init(expected: First).Error);
        Run(new MarkersWritten());
        Assert.Equal(new(ErrorCode.None, First with { Epoch = 1 }), Init(expected: First));

        Init();
        Assert.Equal(ErrorCode.ProducerFenced, Init(expected: First).Error);
        Assert.Equal(ErrorCode.ProducerFenced, Init(expected: First with { Epoch = 1 }).Error);
    }

    [Fact]
    public void The_epoch_that_is_kept_for_fencing_is_given_to_nobody()
    {
        Begin();
        var last = First with { Epoch = TransactionMachine.LastEpoch };
        _state = _state with { Producer = last };
        Init(expected: last);
        Assert.Equal(short.MaxValue, _state.Marker.Epoch);
        Run(new MarkersWritten());

        Assert.Equal(new(ErrorCode.None, new(777, 0)), Init(fresh: 777, expected: last));
        Assert.Equal(new(ErrorCode.None, new(777, 1)), Init(fresh: 778));
    }

    [Fact]
    public void When_the_epochs_are_used_up_a_fresh_producer_takes_over()
    {
        Init();
        _state = _state with { Producer = First with { Epoch = TransactionMachine.LastEpoch } };

        Assert.Equal(new(ErrorCode.None, new(777, 0)), Init(fresh: 777));
    }

    [Fact]
    public void Taking_over_aborts_what_is_open_and_fences_who_had_it()
    {
        Begin();

        Assert.Equal(ErrorCode.ConcurrentTransactions, Init().Error);
        Assert.Equal((TransactionPhase.PrepareAbort, First with { Epoch = 1 }), (_state.Phase, _state.Marker));
        Assert.Equal(ErrorCode.ProducerFenced, Add(First).Error);
        Assert.Equal(ErrorCode.ProducerFenced, End(First, commits: true).Error);
        Assert.Equal(ErrorCode.ConcurrentTransactions, Init().Error);
        Run(new MarkersWritten());
        Assert.Equal(new(ErrorCode.None, First with { Epoch = 2 }), Init());
    }

    [Fact]
    public void A_transaction_that_is_open_too_long_is_aborted_and_its_producer_fenced()
    {
        Begin();
        _now += TimeoutMs - 1;
        Run(new CheckTimeout());
        Assert.Equal(TransactionPhase.Ongoing, _state.Phase);

        _now++;
        Run(new CheckTimeout());

        Assert.Equal((TransactionPhase.PrepareAbort, 1), (_state.Phase, _state.Marker.Epoch));
        Assert.Equal(ErrorCode.ProducerFenced, End(First, commits: true).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Version_1_ends_under_the_same_epoch_and_says_so_again(bool commits)
    {
        Begin();

        Assert.Equal(new(ErrorCode.None, First), End(First, commits));
        Assert.Equal(First, _state.Marker);
        Assert.Equal(ErrorCode.ConcurrentTransactions, End(First, commits).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, !commits).Error);
        Assert.Equal(ErrorCode.ConcurrentTransactions, Add(First).Error);
        Run(new MarkersWritten());

        Assert.Equal(new(ErrorCode.None, First), End(First, commits));
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, !commits).Error);
        Assert.Empty(_state.Partitions);
        Assert.Equal(ErrorCode.None, Add(First).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Version_2_raises_the_epoch_with_every_end(bool commits)
    {
        var next = First with { Epoch = 1 };
        Begin();

        Assert.Equal(new(ErrorCode.None, next), End(First, commits, raises: true));
        Assert.Equal((next, next), (_state.Marker, _state.Producer));
        Assert.Equal(ErrorCode.ConcurrentTransactions, End(First, commits, raises: true).Error);
        Run(new MarkersWritten());

        Assert.Equal(new(ErrorCode.None, next), End(First, commits, raises: true));
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, !commits, raises: true).Error);
        Assert.Equal(ErrorCode.ProducerFenced, Add(First).Error);
        Assert.Equal(ErrorCode.None, Add(next).Error);
    }

    /// <summary>Kafka's table of what EndTxn of version 2 answers when nothing is open; "earlier" is the epoch before the current one.</summary>
    [Theory]
    [InlineData(TransactionPhase.Empty, false, false, ErrorCode.None)]
    [InlineData(TransactionPhase.Empty, true, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.Empty, false, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionPhase.Empty, true, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionPhase.Ongoing, true, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionPhase.CompleteAbort, false, false, ErrorCode.None)]
    [InlineData(TransactionPhase.CompleteAbort, true, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.CompleteAbort, false, true, ErrorCode.None)]
    [InlineData(TransactionPhase.CompleteAbort, true, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.CompleteCommit, false, false, ErrorCode.None)]
    [InlineData(TransactionPhase.CompleteCommit, true, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.CompleteCommit, false, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.CompleteCommit, true, true, ErrorCode.None)]
    [InlineData(TransactionPhase.PrepareCommit, true, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionPhase.PrepareCommit, false, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionPhase.PrepareCommit, false, false, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionPhase.PrepareAbort, false, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionPhase.PrepareAbort, true, false, ErrorCode.ConcurrentTransactions)]
    public void Version_2_answers_as_Kafka_does(TransactionPhase phase, bool commits, bool earlier, ErrorCode expected)
    {
        var current = First with { Epoch = 1 };
        _state = new TransactionState { Phase = phase, Producer = current, Previous = First, Marker = current, TimeoutMs = TimeoutMs, StartMs = _now };

        var reply = End(earlier ? First : current, commits, raises: true);

        Assert.Equal(expected, reply.Error);
        var raises = expected == ErrorCode.None && !earlier;
        Assert.Equal(expected != ErrorCode.None ? ProducerIdAndEpoch.None : raises ? First with { Epoch = 2 } : current, reply.Producer);
    }

    [Fact]
    public void Only_a_marker_with_an_epoch_of_its_own_counts_as_raised()
    {
        Begin();
        End(First, commits: true);
        Assert.False(_state.MarkerIsRaised);
        Run(new MarkersWritten());
        Add(First);
        End(First, commits: true, raises: true);
        Assert.True(TransactionState.From(_state.ToSnapshot()).MarkerIsRaised);
        Run(new MarkersWritten());
        Add(First with { Epoch = 1 });
        Init();
        Assert.True(_state.MarkerIsRaised);
    }

    [Fact]
    public void Version_2_asks_for_a_fresh_producer_only_when_the_epochs_are_used_up()
    {
        Begin();
        var last = First with { Epoch = TransactionMachine.LastEpoch };
        _state = _state with { Producer = last };
        Assert.True(End(last, commits: true, raises: true).NeedsFreshProducerId);
        Assert.Equal(TransactionPhase.Ongoing, _state.Phase);

        Assert.Equal(new(ErrorCode.None, new(888, 0)), Run(new EndTransaction(last, true, true, 888)));

        Assert.Equal(last with { Epoch = short.MaxValue }, _state.Marker);
    }

    [Fact]
    public void Nothing_can_be_committed_that_was_not_begun()
    {
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, End(First, commits: true).Error);
        Init();
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, commits: true).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, commits: false).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, End(First, commits: true, raises: true).Error);
        Assert.Equal(new(ErrorCode.None, First with { Epoch = 1 }), End(First, commits: false, raises: true));
    }

    [Fact]
    public void Only_what_was_added_is_verified()
    {
        Init();
        Assert.Equal(ErrorCode.InvalidTxnState, Run(new VerifyPartitions(First, [Partition])).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, Run(new VerifyGroup(First, "g")).Error);
        Add(First);
        Run(new AddGroup(First, "g"));

        Assert.Equal(ErrorCode.None, Run(new VerifyPartitions(First, [Partition])).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, Run(new VerifyPartitions(First, [Partition, Partition with { Partition = 1 }])).Error);
        Assert.Equal(ErrorCode.None, Run(new VerifyGroup(First, "g")).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, Run(new VerifyGroup(First, "other")).Error);
    }

    [Fact]
    public void An_unused_id_is_forgotten_and_an_open_one_is_not()
    {
        Init();
        _now += Settings.ExpirationMs - 1;
        Run(new CheckExpiry());
        Assert.Equal(TransactionPhase.Empty, _state.Phase);
        _now++;
        Run(new CheckExpiry());
        Assert.Equal(TransactionPhase.Dead, _state.Phase);

        Begin();
        _now += Settings.ExpirationMs;
        Run(new CheckExpiry());
        Assert.Equal(TransactionPhase.Ongoing, _state.Phase);
    }

    /// <summary>Whatever comes in whatever order: no epoch falls, no decision changes, and a snapshot goes on like the journal.</summary>
    [Property(MaxTest = 1000)]
    public Property Epochs_rise_and_decisions_stand(PositiveInt seed, PositiveInt length)
    {
        var random = new System.Random(seed.Get);
        var epochs = new Dictionary<long, int>();
        for (var i = 0; i < length.Get % 100; i++)
        {
            var before = _state;
            Run(Any(random, i));
            if (random.Next(5) == 0)
                _state = TransactionState.From(_state.ToSnapshot());
            var (id, epoch) = (_state.Producer.ProducerId, _state.Producer.Epoch);
            if (id >= 0 && epoch < epochs.GetValueOrDefault(id))
                return false.Label($"step {i}: the epoch of {id} fell to {epoch}");
            epochs[id] = epoch;
            if (before.Phase == TransactionPhase.PrepareCommit && _state.Phase is not (TransactionPhase.PrepareCommit or TransactionPhase.CompleteCommit))
                return false.Label($"step {i}: a commit became {_state.Phase}");
            if (before.Phase == TransactionPhase.PrepareAbort && _state.Phase is not (TransactionPhase.PrepareAbort or TransactionPhase.CompleteAbort))
                return false.Label($"step {i}: an abort became {_state.Phase}");
            if (_state.IsEnding && before.IsEnding && !_state.Partitions.SetEquals(before.Partitions))
                return false.Label($"step {i}: partitions changed after the decision");
        }
        return true.ToProperty();
    }

    private TransactionCommand Any(System.Random random, int step)
    {
        _now += random.Next(0, TimeoutMs / 4);
        var producer = random.Next(4) == 0 ? new(random.Next(100, 103), (short)random.Next(3)) : random.Next(4) == 0 ? _state.Previous : _state.Producer;
        return random.Next(8) switch
        {
            0 => new InitProducer(TimeoutMs, random.Next(2) == 0 ? ProducerIdAndEpoch.None : producer, 100 + step),
            1 or 2 => new AddPartitions(producer, [Partition with { Partition = random.Next(3) }]),
            3 => new AddGroup(producer, "g"),
            4 or 5 => new EndTransaction(producer, random.Next(2) == 0, random.Next(2) == 0, -1),
            6 => new MarkersWritten(),
            _ => new CheckTimeout(),
        };
    }

    private TransactionReply Init(long fresh = 100, ProducerIdAndEpoch? expected = null) =>
        Run(new InitProducer(TimeoutMs, expected ?? ProducerIdAndEpoch.None, fresh));

    private TransactionReply Add(ProducerIdAndEpoch producer) => Run(new AddPartitions(producer, [Partition]));

    private TransactionReply End(ProducerIdAndEpoch producer, bool commits, bool raises = false) =>
        Run(new EndTransaction(producer, commits, raises, -1));

    private void Begin()
    {
        Init();
        Assert.Equal(ErrorCode.None, Add(_state.Producer).Error);
    }

    private TransactionReply Run(TransactionCommand command)
    {
        var decision = TransactionMachine.Decide(_state, Settings, command, new Now(_now));
        if (decision.Event is { } journaled)
            _state = _state.Apply(journaled);
        return decision.Reply;
    }
}
