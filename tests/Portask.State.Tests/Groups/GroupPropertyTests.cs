using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Portask.Protocol;
using Portask.State.Groups;

namespace Portask.State.Tests.Groups;

/// <summary>Clients that do anything in any order, against what must hold for a group whatever they do.</summary>
public sealed class GroupPropertyTests
{
    private const int Partitions = 7;

    private sealed class Client(int number)
    {
        public string Id = "";
        public int Generation = -1;
        public long Waiting;
        public string? Instance => number == 0 ? "static" : null;
        public bool AsksForId => number % 2 == 1;
    }

    [Property(MaxTest = 300)]
    public Property Groups_keep_their_promises() =>
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue - 1).ListOf(150).ToArbitrary(),
            steps => Play([.. steps]));

    private static void Play(List<int> steps)
    {
        var group = new GroupBench(new GroupSettings { InitialRebalanceDelayMs = steps.Count % 2 == 0 ? 0 : 3_000 });
        var clients = Enumerable.Range(0, 3 + (steps.Count > 0 ? steps[0] % 3 : 0)).Select(i => new Client(i)).ToList();
        var generation = 0;
        var tokens = 0L;
        foreach (var step in steps)
        {
            var client = clients[step / 16 % clients.Count];
            tokens = Math.Max(tokens, Act(group, client, step % 16, step / 1024));
            foreach (var one in clients)
                Hear(group, one);
            Assert.True(group.State.Generation >= generation, "a generation fell");
            generation = group.State.Generation;
            CheckParked(group);
            CheckOwners(group);
        }
        CheckJournal(group);
        group.Advance(200_000);
        for (var token = 1L; token <= tokens; token++)
            Assert.False(group.IsParked(token), $"token {token} is never answered");
    }

    private static long Act(GroupBench group, Client client, int action, int amount)
    {
        switch (action)
        {
            case <= 4:
                return client.Waiting = group.Join(
                    client.Id, client.Instance, amount % 5 == 0 ? ["t", "u"] : ["t"], requiresId: client.AsksForId, maySkip: amount % 2 == 0);
            case <= 8:
                var members = group.State.Members.Values.OrderBy(m => m.Ordinal).ToList();
                var parts = members.Select((m, i) => (m.MemberId, string.Join(',', Enumerable.Range(0, Partitions).Where(p => p % members.Count == i))));
                return client.Waiting = group.Sync(client.Id, client.Generation, [.. parts]);
            case <= 10:
                group.Beat(client.Id, client.Generation);
                return 0;
            case 11:
                group.Leave((client.Id, client.Instance));
                return 0;
            case 12:
                group.Advance(amount % 12_000);
                return 0;
            case 13:
                group.Stall(amount % 12_000);
                return 0;
            case 14:
                group.Commit(client.Id, client.Generation, amount);
                return 0;
            default:
                client.Id = amount % 3 == 0 ? "" : client.Id;
                return 0;
        }
    }

    private static void Hear(GroupBench group, Client client)
    {
        if (client.Waiting == 0 || !group.Replies.TryGetValue(client.Waiting, out var reply))
            return;
        client.Waiting = 0;
        if (reply is JoinReply joined && joined.Error is ErrorCode.None or ErrorCode.MemberIdRequired)
            (client.Id, client.Generation) = (((JoinReply)reply).MemberId, ((JoinReply)reply).Generation);
        else if (reply.Error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId)
            client.Id = "";
    }

    private static void CheckParked(GroupBench group)
    {
        if (!group.Waiting.Joins.IsEmpty)
        {
            Assert.Equal(GroupPhase.PreparingRebalance, group.State.Phase);
            Assert.IsType<JoinTimeout>(group.Timers[GroupTimer.Join].Command);
        }
        if (!group.Waiting.Syncs.IsEmpty)
        {
            Assert.Equal(GroupPhase.CompletingRebalance, group.State.Phase);
            Assert.IsType<SyncTimeout>(group.Timers[GroupTimer.Sync].Command);
        }
        foreach (var member in group.State.Members.Keys)
            Assert.True(
                group.Waiting.Joins.ContainsKey(member) || group.Waiting.Syncs.ContainsKey(member)
                || group.Timers.ContainsKey(GroupTimer.Session(member)),
                $"nothing would ever notice that {member} is gone");
        Assert.All(group.Waiting.Pending.Keys, id => Assert.Contains(GroupTimer.Pending(id), group.Timers.Keys));
    }

    private static void CheckOwners(GroupBench group)
    {
        var owned = group.State.Members.Values
            .SelectMany(m => GroupBench.Text(m.Assignment).Split(',', StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        Assert.Equal(owned.Count, owned.Distinct().Count());
        if (group.State.Phase == GroupPhase.Stable)
            Assert.Equal(Partitions, owned.Count);
    }

    private static void CheckJournal(GroupBench group)
    {
        var replayed = group.Journal.Aggregate(GroupState.None, (state, journaled) => state.Apply(journaled));
        var live = Dump(group.State);
        Assert.Equal(live, Dump(replayed));
        Assert.Equal(live, Dump(GroupState.From(group.State.ToSnapshot())));
    }

    private static string Dump(GroupState state)
    {
        var snapshot = state.ToSnapshot();
        return JsonSerializer.Serialize(snapshot with
        {
            Offsets = [.. snapshot.Offsets.OrderBy(o => o.Key.Topic, StringComparer.Ordinal).ThenBy(o => o.Key.Partition)],
        });
    }
}
