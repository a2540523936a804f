using Portask.Broker.Cluster;
using Portask.Broker.Metrics;
using Portask.Http.Api;
using Portask.Http.Reading;

namespace Portask.Http.Tests;

/// <summary>Sums over brokers: none that restarts, moves or is silent makes one up.</summary>
public sealed class ClusterTrafficTests
{
    private static readonly Guid Topic = Guid.NewGuid();

    private readonly Clock _clock = new();
    private readonly Dictionary<int, Other> _others = new() { [2] = new(), [3] = new() };
    private readonly ClusterTraffic _traffic;

    public ClusterTrafficTests() => _traffic = new(() => _others.Keys, (id, wanted, _) => _others[id].TellAsync(wanted), _clock);

    [Fact]
    public async Task Rates_of_brokers_are_summed_by_the_time_that_each_of_them_counted()
    {
        await StepAsync();
        _others[2].Produce(100);
        _others[3].Produce(40);
        var step = await StepAsync(seconds: 20);

        Assert.Empty(step.Missing);
        Assert.Equal(new Traffic(7, 700, 0, 0), step.PerSecond[Topic]);
        Assert.Empty((await StepAsync()).PerSecond);
    }

    [Fact]
    public async Task A_broker_that_joins_is_counted_from_its_start_and_one_that_was_there_before_from_the_first_step()
    {
        _others[2].Produce(1_000_000);
        _others[2].AgeMs = 3_600_000;
        var first = await StepAsync();
        _others[2].Produce(10);
        _others[4] = new();
        _others[4].Produce(50);
        var second = await StepAsync();

        Assert.Equal([2], first.Missing);
        Assert.Empty(first.PerSecond);
        Assert.Empty(first.Unread);
        Assert.Empty(second.Missing);
        Assert.Equal(6, second.PerSecond[Topic].RecordsIn);
    }

    [Fact]
    public async Task A_broker_that_restarted_makes_a_step_that_is_not_whole_and_no_rate_below_or_beyond()
    {
        _others[2].Produce(1_000);
        await StepAsync();
        _others[2] = new();
        _others[2].Produce(5);
        _others[3].Produce(30);
        var restarted = await StepAsync();
        _others[2].Produce(20);
        var next = await StepAsync();

        Assert.Equal([2], restarted.Missing);
        Assert.Empty(restarted.Unread);
        Assert.Equal(3, restarted.PerSecond[Topic].RecordsIn);
        Assert.Empty(next.Missing);
        Assert.Equal(2, next.PerSecond[Topic].RecordsIn);
    }

    [Fact]
    public async Task A_partition_that_moves_is_held_once_and_makes_no_traffic()
    {
        _others[2].Hold(epoch: 1, records: 100);
        await StepAsync();
        _others[2].Hold(epoch: null, records: 0);
        _others[3].Hold(epoch: 2, records: 120);
        var moved = await StepAsync();
        Assert.Equal(120, _traffic.Find(Topic, 0)?.Records);
        Assert.Empty(moved.PerSecond);

        // Word of the leader before comes late.
        _others[2].Hold(epoch: 1, records: 90);
        await StepAsync();
        Assert.Equal(120, _traffic.Find(Topic, 0)?.Records);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_named_and_what_it_held_stands_until_it_does()
    {
        _others[2].Hold(epoch: 1, records: 100);
        await StepAsync();
        _others[2].Produce(200);
        _others[3].Produce(30);
        _others[2].IsSilent = true;
        var silent = await StepAsync();
        var again = await StepAsync();
        _others[2].IsSilent = false;
        var back = await StepAsync();

        Assert.Equal([2], silent.Unread);
        Assert.Equal([2], silent.Missing);
        Assert.Equal(3, silent.PerSecond[Topic].RecordsIn);
        Assert.Equal([2], again.Unread);
        Assert.Equal(100, _traffic.Find(Topic, 0)?.Records);
        // What it counted in three steps is told as what it was in each of them.
        Assert.Empty(back.Missing);
        Assert.Equal(200.0 / 30, back.PerSecond[Topic].RecordsIn, 9);
    }

    [Fact]
    public async Task Who_looks_is_told_at_once_of_a_silent_broker_until_it_answers_in_a_step()
    {
        _others[2].IsSilent = true;
        Assert.Equal([2], await _traffic.LookAsync(default));
        _others[3].Hold(epoch: 1, records: 10);
        var asked = _others[2].Asked;
        _clock.Seconds++;

        Assert.Equal([2], await _traffic.LookAsync(default));
        Assert.Equal(asked, _others[2].Asked);
        Assert.Equal(10, _traffic.Find(Topic, 0)?.Records);
        // Of a step that waits for it, who looks is told what stood before.
        var (step, asking) = (_others[2].StandStill(), StepAsync());
        Assert.Equal([2], await _traffic.LookAsync(default).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.False(asking.IsCompleted);
        _others[2].IsSilent = false;
        step.SetResult();
        Assert.Empty((await asking).Unread);
        Assert.Empty(await _traffic.LookAsync(default));
    }

    [Fact]
    public async Task A_broker_that_is_gone_is_named_in_the_step_of_which_it_took_its_part_along()
    {
        await StepAsync();
        _others.Remove(2);
        var (gone, after) = (await StepAsync(), await StepAsync());

        Assert.Equal([2], gone.Unread);
        Assert.Equal([2], gone.Missing);
        Assert.Empty(after.Unread);
        Assert.Empty(after.Missing);
    }

    [Fact]
    public async Task Who_looks_within_a_second_is_told_what_was_asked_last_and_a_look_takes_nothing_from_a_step()
    {
        await StepAsync();
        var asked = _others[2].Asked;
        _others[2].Produce(10);
        await _traffic.LookAsync(default);
        await _traffic.LookAsync(default);
        Assert.Equal(asked, _others[2].Asked);
        _clock.Seconds++;
        await _traffic.LookAsync(default);
        Assert.Equal(asked + 1, _others[2].Asked);
        Assert.Equal(1, (await StepAsync()).PerSecond[Topic].RecordsIn);
    }

    [Fact]
    public async Task An_answer_of_several_messages_is_asked_for_to_its_end()
    {
        _others[2].Produce(10);
        _others[2].Hold(epoch: 1, records: 10);
        _others[2].MostInMessage = 1;
        var step = await StepAsync();

        Assert.Empty(step.Missing);
        Assert.Equal(1, step.PerSecond[Topic].RecordsIn);
        Assert.Equal(10, _traffic.Find(Topic, 0)?.Records);
    }

    [Fact]
    public async Task What_a_deleted_topic_held_is_forgotten_and_of_one_not_heard_of_yet_it_stands()
    {
        _others[2].Hold(epoch: 1, records: 10);
        _others[2].Produce(10);
        await _traffic.TakeStepAsync(_ => false, default);
        // Nothing of it has changed, so it is not told again.
        await StepAsync();
        Assert.Equal(10, _traffic.Find(Topic, 0)?.Records);

        await _traffic.TakeStepAsync(_ => false, default);
        await _traffic.TakeStepAsync(_ => false, default);
        Assert.Null(_traffic.Find(Topic, 0));
    }

    private Task<Elsewhere> StepAsync(int seconds = 10)
    {
        foreach (var other in _others.Values)
            other.AgeMs += seconds * 1000;
        return _traffic.TakeStepAsync(_ => true, default);
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    /// <summary>Another broker: a feed of one topic with one partition.</summary>
    private sealed class Other
    {
        private static long _incarnations;

        private readonly long _incarnation = Interlocked.Increment(ref _incarnations);
        private readonly TrafficFeed _feed = new();
        private TopicCounts _counts;
        private PartitionHeld? _held;
        private TaskCompletionSource? _still;

        public long AgeMs { get; set; }
        public bool IsSilent { get; set; }
        public int MostInMessage { get; set; } = int.MaxValue;
        public int Asked { get; private set; }

        public void Produce(int records) => _counts = new(_counts.RecordsIn + records, _counts.BytesIn + (records * 100), 0, 0);

        public void Hold(int? epoch, long records) => _held = epoch is { } led ? new PartitionHeld(Topic, 0, led, records * 100, records) : null;

        /// <summary>It answers when the result is set.</summary>
        public TaskCompletionSource StandStill() => _still = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<TrafficTold?> TellAsync(TrafficWanted wanted)
        {
            Asked++;
            if (_still is not null)
                await _still.Task;
            if (IsSilent)
                return null;
            _feed.Look([new(Topic, _counts)], _held is { } held ? [held] : []);
            var told = _feed.Since(wanted.Incarnation == _incarnation ? wanted.Since : 0, _incarnation, AgeMs);
            return told.Topics.Count + told.Partitions.Count <= MostInMessage ? told
                : told with { IsWhole = false, UpTo = told.UpTo - 1, Partitions = [] };
        }
    }
}
