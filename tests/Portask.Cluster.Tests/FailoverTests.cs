using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>Nodes die and are replaced under load, and nothing acknowledged is lost.</summary>
public sealed class FailoverTests(ITestOutputHelper output)
{
    private const int Partitions = 16;

    /// <summary>Rounds of killing: PORTASK_CLUSTER_ROUNDS, else five.</summary>
    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("PORTASK_CLUSTER_ROUNDS"), out var rounds) ? rounds : 5;

    /// <summary>portask.dll of the release before, from which the rolling restart is an upgrade: PORTASK_UPGRADE_FROM.</summary>
    private static string? UpgradeFrom => Environment.GetEnvironmentVariable("PORTASK_UPGRADE_FROM") is { Length: > 0 } assembly ? assembly : null;

    [ClientFact("psql")]
    public async Task A_killed_owner_is_replaced_and_nothing_acknowledged_is_lost()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions);
        var (resumed, caughtUp) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < Rounds; round++)
        {
            // In turn, so that the oldest node, on which the shards' coordinators are, is among them.
            var victim = cluster.Nodes[round % cluster.Nodes.Count];
            await victim.KillAsync();
            resumed.Add(await survivors.ResumedAsync());
            caughtUp.Add(await survivors.CaughtUpAsync());
            await victim.StartAsync();
            await cluster.WhenAllSeeAsync(3);
            await cluster.WhenLedAsync(topic);
        }
        await survivors.VerifyAsync();

        resumed.Sort();
        output.WriteLine(
            $"{survivors.Load.Count} records; resumed after {resumed[resumed.Count / 2].TotalSeconds:F1} s (p50), {resumed[^1].TotalSeconds:F1} s (max) of {Rounds} rounds; the group had read all at most {caughtUp.Max().TotalSeconds:F1} s later");
    }

    [ClientFact("psql")]
    public async Task A_rolling_restart_gives_a_producer_no_error()
    {
        await using var cluster = await TestCluster.PrepareAsync(3);
        foreach (var node in cluster.Nodes)
            node.Assembly = UpgradeFrom ?? node.Assembly;
        await cluster.StartAsync();
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions);
        survivors.Load.Mark();
        foreach (var node in cluster.Nodes)
        {
            var id = node.BrokerId;
            Assert.Equal(0, await node.StopAsync());
            node.Assembly = Repository.BrokerAssembly;
            await node.StartAsync();
            Assert.Equal(id, node.BrokerId);
            await cluster.WhenAllSeeAsync(3);
            await survivors.ResumedAsync();
            await survivors.CaughtUpAsync();
        }
        await survivors.VerifyAsync();

        output.WriteLine($"{survivors.Load.Count} records; longest stall {survivors.Load.LongestStall().TotalSeconds:F1} s");
    }

    [ClientFact("psql")]
    public async Task Of_two_nodes_the_one_that_is_left_gets_the_lease_and_everything_else()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var resumed = await KillOneOfTwoAsync(cluster);
        output.WriteLine($"resumed after {resumed.TotalSeconds:F1} s");
    }

    /// <summary>The same on any database: one of two nodes dies under load, and nothing acknowledged is lost.</summary>
    internal static async Task<TimeSpan> KillOneOfTwoAsync(TestCluster cluster)
    {
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var load = await AcknowledgedLoad.StartAsync(cluster.Bootstrap, topic, Partitions);

        await cluster.Nodes[0].KillAsync();
        var resumed = await load.WhenAllAcknowledgedAsync(TestCluster.Patience);

        Assert.All(TestCluster.Leaders(cluster.Nodes[1], topic), leader => Assert.Equal(cluster.Nodes[1].BrokerId, leader));
        await load.VerifyAsync(cluster);
        return resumed;
    }

    [ClientFact("psql")]
    public async Task A_node_that_joins_takes_its_share_and_nothing_else_moves()
    {
        const int Many = 64;
        await using var cluster = await TestCluster.PrepareAsync(3);
        var (first, second, third) = (cluster.Nodes[0], cluster.Nodes[1], cluster.Nodes[2]);
        await Task.WhenAll(first.StartAsync(), second.StartAsync());
        await cluster.WhenAllSeeAsync(2);
        var topic = await cluster.CreateTopicAsync(Many, replicas: 2);
        var before = await cluster.WhenLedAsync(topic);

        await third.StartAsync();
        var after = before;
        await TestCluster.EventuallyAsync(
            () => (after = TestCluster.Leaders(third, topic)).Count(leader => leader == third.BrokerId) >= Many / 3 && !after.Contains(-1),
            () => string.Join(' ', after));

        Assert.InRange(after.Count(leader => leader == third.BrokerId), Many / 3, (Many / 3) + 1);
        Assert.All(Enumerable.Range(0, Many).Where(partition => after[partition] != third.BrokerId), partition => Assert.Equal(before[partition], after[partition]));
    }

    [ClientFact("psql")]
    public async Task A_node_that_waits_for_its_seeds_says_so_and_serves_once_they_are_there()
    {
        await using var cluster = await TestCluster.PrepareAsync(2);
        var (first, second) = (cluster.Nodes[0], cluster.Nodes[1]);

        second.Launch();
        await TestCluster.EventuallyAsync(
            () => second.Process.Errors.Any(line => line.Contains($"waiting to join the cluster of {first.ClusterAddress}, {second.ClusterAddress}", StringComparison.Ordinal)),
            second.Process.All);
        await first.StartAsync();
        await second.WhenReadyAsync();

        await cluster.WhenAllSeeAsync(2);
    }
}
