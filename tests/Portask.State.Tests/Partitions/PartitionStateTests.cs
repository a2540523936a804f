using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.State.Tests.Partitions;

public class PartitionStateTests
{
    [Fact]
    public void Offsets_are_given_without_a_gap()
    {
        var state = new PartitionState();
        for (var i = 0; i < 5; i++)
        {
            var decision = state.Decide(Plain(3));
            Assert.Equal(new AppendDecision(ErrorCode.None, i * 3, false), decision);
            state.Apply(Appended(Plain(3), decision.BaseOffset), i + 1);
        }
        Assert.Equal(15, state.NextOffset);
    }

    [Fact]
    public void A_batch_with_another_offset_than_the_next_is_no_history_of_a_partition() =>
        Assert.Throws<InvalidOperationException>(() => new PartitionState().Apply(Appended(Plain(1), 5), 1));

    [Fact]
    public void A_batch_without_a_time_counts_as_of_its_arrival()
    {
        var batch = Plain(1).Bytes.ToArray();
        batch.AsSpan(35, 8).Fill(0xff);
        var state = new PartitionState();

        state.Apply(new BatchAppended(batch, 5000), 1);

        Assert.Equal(0, state.Index.FirstNotBefore(5000, 0)?.Offset);
    }

    /// <summary>Whatever was appended, cut off and led: the state of a snapshot and the rest is the state of everything.</summary>
    [Property(MaxTest = 200)]
    public Property A_snapshot_and_what_follows_it_is_the_whole_history(PositiveInt seed, PositiveInt length)
    {
        var random = new System.Random(seed.Get);
        var events = History(random, length.Get % 60);
        var whole = Fold(new PartitionState(), events, 0);
        var at = random.Next(events.Count + 1);
        var early = Fold(new PartitionState(), events[..at], 0);

        var late = Fold(new PartitionState(early.ToSnapshot()), events[at..], at);

        return (Image(late) == Image(whole)).ToProperty();
    }

    private static List<IPartitionJournaled> History(System.Random random, int length)
    {
        var state = new PartitionState();
        var events = new List<IPartitionJournaled>();
        for (var i = 0; i < length; i++)
        {
            var next = Next(random, state, i);
            state.Apply(next, i + 1);
            events.Add(next);
        }
        return events;
    }

    private static IPartitionJournaled Next(System.Random random, PartitionState state, int i)
    {
        switch (random.Next(9))
        {
            case 8:
                return new SegmentRolled(state.NextOffset, i);
            case 0:
                return new LeaderEpochStarted(state.Epochs.Latest + 1, state.NextOffset, 1, i);
            case 1:
                return new LogStartOffsetMoved(random.NextInt64(state.LogStartOffset, state.NextOffset + 1), i);
            default:
                var batch = ProducerWindowTests.Batch(0, i, random.Next(1, 4), producer: random.Next(3));
                return state.Decide(batch) is { Error: ErrorCode.None, IsDuplicate: false }
                    ? Appended(batch, state.NextOffset)
                    : Appended(Plain(1), state.NextOffset);
        }
    }

    private static PartitionState Fold(PartitionState state, List<IPartitionJournaled> events, long sequenceNr)
    {
        foreach (var journaled in events)
            state.Apply(journaled, ++sequenceNr);
        return state;
    }

    private static string Image(PartitionState state)
    {
        var snapshot = state.ToSnapshot();
        var producers = snapshot.Producers.OrderBy(producer => producer.ProducerId)
            .Select(producer => $"{producer.ProducerId}:{producer.Epoch}:{producer.LastMs}:{string.Join(';', producer.Batches)}");
        return $"{snapshot.LogStartOffset} {snapshot.NextOffset} {string.Join(';', snapshot.Epochs)} {string.Join(';', snapshot.Index)} {string.Join(';', snapshot.Segments)} {string.Join(' ', producers)}";
    }

    private static RecordBatch Plain(int records) => ProducerWindowTests.Batch(-1, -1, records, producer: -1);

    private static BatchAppended Appended(RecordBatch batch, long offset)
    {
        RecordBatch.Stamp(batch.Bytes, offset, 0);
        return new BatchAppended(batch.Bytes, 1000);
    }
}
