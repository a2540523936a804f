using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

public class ProducerWindowTests
{
    private const long Producer = 7;
    private readonly ProducerWindow _window = new();

    [Theory]
    [InlineData(0, 0, ErrorCode.InvalidProducerEpoch)]
    [InlineData(1, 12, ErrorCode.None)]
    [InlineData(1, 13, ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(1, 11, ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(1, 0, ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(2, 0, ErrorCode.None)]
    [InlineData(2, 12, ErrorCode.OutOfOrderSequenceNumber)]
    public void A_batch_has_to_follow_the_last_one_of_its_epoch(short epoch, int sequence, ErrorCode expected)
    {
        _window.Add(Batch(1, 10, 2), 0);

        Assert.Equal(new SequenceVerdict(expected, null), _window.Check(Batch(epoch, sequence, 1)));
    }

    [Fact]
    public void A_producer_that_is_not_known_may_begin_anywhere() => Assert.Equal(default, _window.Check(Batch(3, 99, 1)));

    [Fact]
    public void The_last_five_batches_are_found_again_and_older_ones_are_out_of_order()
    {
        for (var i = 0; i < 7; i++)
            _window.Add(Batch(0, i * 3, 3, baseOffset: 100 + (i * 3)), 0);

        for (var i = 2; i < 7; i++)
            Assert.Equal(100 + (i * 3), _window.Check(Batch(0, i * 3, 3)).Duplicate?.BaseOffset);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _window.Check(Batch(0, 3, 3)).Error);
    }

    [Fact]
    public void A_batch_that_only_begins_like_a_known_one_is_no_duplicate()
    {
        _window.Add(Batch(0, 0, 3), 0);

        Assert.Equal(new SequenceVerdict(ErrorCode.OutOfOrderSequenceNumber, null), _window.Check(Batch(0, 0, 2)));
    }

    [Fact]
    public void Sequences_wrap_to_zero_after_the_largest_int()
    {
        _window.Add(Batch(0, int.MaxValue - 1, 2), 0);
        Assert.Equal(default, _window.Check(Batch(0, 0, 1)));

        var across = Batch(1, int.MaxValue, 3);
        _window.Add(across, 0);
        Assert.NotNull(_window.Check(across).Duplicate);
        Assert.Equal(default, _window.Check(Batch(1, 2, 1)));
    }

    [Fact]
    public void Producers_that_have_been_idle_too_long_are_forgotten()
    {
        _window.Add(Batch(0, 0, 1), appendMs: 1000);
        _window.Add(Batch(0, 0, 1, producer: Producer + 1), appendMs: 2000);

        _window.Add(Batch(0, 0, 1, producer: Producer + 2), appendMs: 1000);

        _window.Expire(beforeMs: 1500, keeps: id => id == Producer + 2);

        Assert.Equal(2, _window.Count);
        Assert.Equal(default, _window.Check(Batch(0, 5, 1)));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _window.Check(Batch(0, 5, 1, producer: Producer + 2)).Error);
    }

    [Fact]
    public void Sequences_begin_anew_under_an_epoch_that_a_marker_raised()
    {
        _window.Add(Batch(0, 0, 1), 0);
        _window.EndTransaction(Producer, producerEpoch: 1, coordinatorEpoch: 0, 0);

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _window.Check(Batch(1, 1, 1)).Error);
        Assert.Equal(default, _window.Check(Batch(1, 0, 1)));
    }

    [Fact]
    public void A_snapshot_remembers_all_of_it()
    {
        for (var i = 0; i < 6; i++)
            _window.Add(Batch(4, i, 1, baseOffset: i), i);

        var restored = ProducerWindow.From(_window.ToSnapshot());

        Assert.Equal(5, restored.Check(Batch(4, 5, 1)).Duplicate?.BaseOffset);
        Assert.Equal(default, restored.Check(Batch(4, 6, 1)));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, restored.Check(Batch(3, 0, 1)).Error);
    }

    internal static RecordBatch Batch(short epoch, int sequence, int records, long baseOffset = 0, long producer = Producer)
    {
        var builder = new RecordBatchBuilder { BaseOffset = baseOffset, ProducerId = producer, ProducerEpoch = epoch, BaseSequence = sequence };
        for (var i = 0; i < records; i++)
            builder.Append(1000 + i, null, "v"u8.ToArray());
        return new RecordBatch(builder.Build());
    }
}
