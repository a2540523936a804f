using Portask.Replay.Tests.Harness;
using Portask.Replay.Verify;
using Portask.State;
using Portask.State.Groups;

namespace Portask.Replay.Tests;

/// <summary>What is kept of the past of control journals, and what is said of what is not.</summary>
public sealed class ControlHistoryTests
{
    private const string Group = "group-g";
    private const long HourMs = 3_600_000;

    [Fact]
    public async Task What_is_past_its_time_is_folded_and_what_is_younger_answers_as_before()
    {
        await using var bench = new JournalBench();
        await bench.WriteAsync(Group, new GroupCreated(1));
        for (var i = 1; i <= 20; i++)
        {
            await bench.WriteAsync(Group, Committed(i));
            await NextMillisecondAsync();
        }
        var before = await StatesAsync(bench);
        var times = await TimesAsync(bench);

        // The clock stands where the event of number 10 has become an hour old.
        Assert.Equal(10, await bench.TrimAsync(Group, times[10] + HourMs));

        var after = await StatesAsync(bench);
        Assert.Equal(Enumerable.Range(10, 12).Select(number => (long)number), after.Keys.Order());
        Assert.All(after, state => Assert.Equal(before[state.Key], state.Value));
        using var journals = await bench.ReadAsync();
        var history = new EntityHistory(journals, Entity.Group(journals, "g"));
        Assert.Equal((10L, times[10]), (history.Start!.Value.SequenceNr, history.Start!.Value.TimeMs));
        var refused = Assert.Throws<ReplayException>(() => history.At(new Moment(9, null)));
        Assert.Equal($"the history of group g begins at sequence number 10 ({Times.Text(times[10])}); sequence number 9 is before that", refused.Message);
        Assert.Throws<ReplayException>(() => history.At(new Moment(null, times[9])));
        Assert.Equal(10, history.At(new Moment(null, times[10])).SequenceNr);
        Assert.Empty(EntityVerification.Run(journals, history.Entity).Findings);
    }

    [Fact]
    public async Task Snapshots_stay_where_recovery_and_where_the_history_starts()
    {
        await using var bench = new JournalBench();
        await bench.WriteAsync(Group, new GroupCreated(1));
        for (var i = 1; i <= 5; i++)
        {
            await bench.WriteAsync(Group, Committed(i));
            await NextMillisecondAsync();
            await bench.SnapshotAsync(Group, State(i).ToSnapshot());
        }
        var times = await TimesAsync(bench);

        await bench.TrimAsync(Group, times[3] + HourMs);
        await bench.TrimAsync(Group, times[3] + HourMs);

        using var journals = await bench.ReadAsync();
        Assert.Equal([3L, 6L], journals.Snapshots(Group).Select(one => one.SequenceNr));
        Assert.Equal([4L, 5L, 6L], journals.Read(Group, 1, 100).Select(one => one.SequenceNr));
    }

    [Fact]
    public async Task The_last_event_stays_whatever_its_age()
    {
        await using var bench = new JournalBench();
        await bench.WriteAsync(Group, new GroupCreated(1), Committed(1), Committed(2));

        await bench.TrimAsync(Group, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + (100 * HourMs));

        // The plugin knows the highest number from it: without it the next event would be number 1 again.
        using var journals = await bench.ReadAsync();
        Assert.Equal(3, journals.HighestSequenceNr(Group));
        Assert.Equal(2, ((GroupFold)new EntityHistory(journals, Entity.Group(journals, "g")).At(new Moment(3, null)).State).State.Offsets.Values.Single().Offset);
    }

    [Fact]
    public async Task Offset_commits_are_folded_first_and_what_else_happened_stays()
    {
        await using var bench = new JournalBench(historyMaxBytes: 2_000);
        await bench.WriteAsync(Group, new GroupCreated(1));
        for (var round = 0; round < 5; round++)
        {
            await bench.WriteAsync(Group, Joined($"m{round}"));
            await bench.WriteAsync(Group, [.. Enumerable.Range(round * 40, 40).Select(i => Committed(i, i % 3))]);
        }
        var before = await StatesAsync(bench);

        Assert.True(await bench.TrimAsync(Group, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()) >= 100);

        var after = await StatesAsync(bench);
        Assert.Equal(1, after.Keys.Min());
        Assert.All(after, state => Assert.Equal(before[state.Key], state.Value));
        using var journals = await bench.ReadAsync();
        var history = new EntityHistory(journals, Entity.Group(journals, "g"));
        Assert.Equal(5, history.Events().Count(one => one.Event is MemberJoined));
        Assert.True(journals.Read(Group, 1, 1000).Sum(one => one.Payload.Length) <= 2_000);
        Assert.Empty(EntityVerification.Run(journals, history.Entity).Findings);
    }

    [Fact]
    public async Task Beyond_the_bytes_the_oldest_events_go_early()
    {
        await using var bench = new JournalBench(historyMaxBytes: 2_000);
        await bench.WriteAsync(Group, new GroupCreated(1));
        for (var i = 0; i < 60; i++)
            await bench.WriteAsync(Group, Joined($"m{i}"));
        var before = await StatesAsync(bench);

        await bench.TrimAsync(Group, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

        using var journals = await bench.ReadAsync();
        Assert.InRange(journals.Read(Group, 1, 1000).Sum(one => one.Payload.Length), 1_800, 2_000);
        var after = await StatesAsync(bench);
        Assert.Equal(61, after.Keys.Max());
        Assert.All(after, state => Assert.Equal(before[state.Key], state.Value));
    }

    /// <summary>Has the next event be of a later time than all before it.</summary>
    private static async Task NextMillisecondAsync()
    {
        for (var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(); DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() <= now;)
            await Task.Yield();
    }

    private static async Task<Dictionary<long, string>> StatesAsync(JournalBench bench)
    {
        using var journals = await bench.ReadAsync();
        var history = new EntityHistory(journals, Entity.Group(journals, "g"));
        return history.Events().Select(one => one.SequenceNr).Prepend(history.Start?.SequenceNr ?? 0).Where(number => number > 0)
            .ToDictionary(number => number, number => SnapshotForm.Of(history.At(new Moment(number, null)).State.ToSnapshot()).ToJsonString());
    }

    private static async Task<Dictionary<long, long>> TimesAsync(JournalBench bench)
    {
        using var journals = await bench.ReadAsync();
        return journals.Read(Group, 1, long.MaxValue).ToDictionary(one => one.SequenceNr, one => one.TimeMs);
    }

    private static GroupState State(int offset) => GroupState.None.Apply(new GroupCreated(1)).Apply(Committed(offset));

    private static MemberJoined Joined(string id) => new(id, null, "client", "/h", 6_000, 60_000, "consumer", [new MemberProtocol("range", new byte[] { 0, 0, 0, 0, 0, 0 })]);

    private static OffsetsCommitted Committed(long offset, int partition = 0) =>
        new([KeyValuePair.Create(new OffsetKey("t", partition), new CommittedOffset(Guid.Empty, offset, -1, null, offset, null))]);
}
