using System.Diagnostics;
using System.Globalization;
using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>An owner that stood still, was replaced, and wakes up to what it had in its hands.</summary>
public sealed class ZombieTests(ITestOutputHelper output)
{
    private const int Partitions = 16;

    /// <summary>How long the owner stands still: a multiple of what replacing it takes.</summary>
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(40);

    [ClientFact("psql")]
    public async Task An_owner_that_was_stopped_and_replaced_writes_nothing_when_it_goes_on_and_ends()
    {
        await using var database = await Database.StartAsync();
        await using var cluster = await TestCluster.StartOverAsync(database.ConnectionString, NodePlace.OnLoopback(3));
        var topic = await cluster.CreateTopicAsync(Partitions);
        var before = await cluster.WhenLedAsync(topic);
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions, impatient: true);
        var zombie = await survivors.CoordinatorAsync();
        Assert.Contains(zombie.BrokerId, before);
        var others = Enumerable.Range(0, Partitions).Where(partition => before[partition] != zombie.BrokerId).ToArray();
        var begun = await EpochsOfAsync(database, zombie);
        survivors.Load.Mark();
        var stopped = Stopwatch.GetTimestamp();

        zombie.Signal("STOP");
        var resumed = await survivors.ResumedAsync();
        var read = await survivors.CaughtUpAsync();
        var (asked, after) = (cluster.Nodes.First(node => node != zombie), before);
        await TestCluster.EventuallyAsync(
            () => !(after = TestCluster.Leaders(asked, topic)).Contains(zombie.BrokerId) && !after.Contains(-1), () => $"leaders: {string.Join(' ', after)}");
        Assert.All(others, partition => Assert.Equal(before[partition], after[partition]));
        if (Freeze - Stopwatch.GetElapsedTime(stopped) is { Ticks: > 0 } left)
            await Task.Delay(left);
        var stall = survivors.Load.LongestStall(others);
        zombie.Signal("CONT");
        var woken = Stopwatch.GetTimestamp();
        await zombie.Process.Exited.WaitAsync(TestCluster.Patience);
        var ended = Stopwatch.GetElapsedTime(woken);
        var begunMeanwhile = await EpochsOfAsync(database, zombie) - begun;

        output.WriteLine(
            $"resumed after {resumed.TotalSeconds:F1} s, all read after another {read.TotalSeconds:F1} s, longest stall elsewhere {stall.TotalSeconds:F1} s; the zombie ended {ended.TotalSeconds:F1} s after it went on and began {begunMeanwhile} epochs: {zombie.Process.Errors[^1]}");
        Assert.NotEqual(0, zombie.Process.ExitCode);
        await zombie.StartAsync();
        await cluster.WhenAllSeeAsync(3);
        await cluster.WhenLedAsync(topic);
        await survivors.ResumedAsync();
        await survivors.VerifyAsync();
    }

    /// <summary>How many leader epochs a node has begun: events that end with its id (field 3) and the time (field 4, six bytes).</summary>
    private static async Task<int> EpochsOfAsync(Database database, ClusterNode node) => int.Parse(
        await database.AskAsync(
            $"SELECT count(*) FROM journal WHERE manifest = 'le1' AND starts_with(persistence_id, 'partition-') AND encode(message, 'hex') ~ '18{node.BrokerId:x2}20.{{12}}$'"),
        CultureInfo.InvariantCulture);
}
