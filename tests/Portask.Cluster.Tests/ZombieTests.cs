using System.Diagnostics;
using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>An owner that stood still, was replaced, and wakes up to what it had in its hands.</summary>
public sealed class ZombieTests(ITestOutputHelper output)
{
    private const int Partitions = 16;

    /// <summary>How long the owner stands still: PORTASK_CLUSTER_FREEZE seconds, else a multiple of what downing takes.</summary>
    private static TimeSpan Freeze =>
        TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("PORTASK_CLUSTER_FREEZE"), out var seconds) ? seconds : 15);

    [ClientFact("psql")]
    public async Task An_owner_that_was_stopped_and_replaced_writes_nothing_when_it_goes_on_and_ends()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var topic = await cluster.CreateTopicAsync(Partitions);
        var before = await cluster.WhenLedAsync(topic);
        await using var load = await AcknowledgedLoad.StartAsync(cluster.Bootstrap, topic, Partitions, ImpatientClient.Configure);
        var zombie = cluster.NodeOf(before[0]);
        var others = Enumerable.Range(0, Partitions).Where(partition => before[partition] != zombie.BrokerId).ToArray();
        load.Mark();
        var stopped = Stopwatch.GetTimestamp();

        zombie.Signal("STOP");
        var resumed = await load.WhenAllAcknowledgedAsync(TestCluster.Patience);
        var after = TestCluster.Leaders(cluster.Nodes.First(node => node != zombie), topic);
        Assert.DoesNotContain(zombie.BrokerId, after);
        Assert.All(others, partition => Assert.Equal(before[partition], after[partition]));
        if (Freeze - Stopwatch.GetElapsedTime(stopped) is { Ticks: > 0 } left)
            await Task.Delay(left);
        var stall = load.LongestStall(others);
        zombie.Signal("CONT");
        var woken = Stopwatch.GetTimestamp();
        await zombie.Process.Exited.WaitAsync(TestCluster.Patience);
        var ended = Stopwatch.GetElapsedTime(woken);

        output.WriteLine(
            $"resumed after {resumed.TotalSeconds:F1} s, longest stall elsewhere {stall.TotalSeconds:F1} s; the zombie ended {ended.TotalSeconds:F1} s after it went on, with {zombie.Process.ExitCode}:\n"
            + string.Join('\n', zombie.Process.Errors));
        Assert.NotEqual(0, zombie.Process.ExitCode);
        await zombie.StartAsync();
        await cluster.WhenAllSeeAsync(3);
        await cluster.WhenLedAsync(topic);
        await load.WhenAllAcknowledgedAsync(TestCluster.Patience);
        await load.VerifyAsync(cluster.Bootstrap);
        Assert.Empty(load.Refused);
    }
}
