using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;
using static Portask.Cluster.Tests.Harness.SplitNetwork;

namespace Portask.Cluster.Tests;

/// <summary>Links between nodes and to the database are cut under load, and nothing acknowledged is lost.</summary>
public sealed class SplitTests(ITestOutputHelper output)
{
    private const int Partitions = 16;

    [SplitFact]
    public async Task An_owner_cut_off_from_its_peers_the_database_or_both_loses_nothing_and_serves_again_once_it_is_back()
    {
        await using var network = await CreateAsync(3);
        await using var database = await Database.StartAsync(DatabaseAddress);
        await using var cluster = await TestCluster.StartOverAsync(database.ConnectionString, network.Places);
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions, impatient: true);

        // Peers gone and the database there: the owner could write on, and the others go on without it.
        await CutOffAsync(network, cluster, survivors, await OwnerAsync(cluster, topic), Link.Peers);
        await cluster.WhenLedAsync(topic);

        await CutOffAsync(network, cluster, survivors, await OwnerAsync(cluster, topic), Link.Peers, Link.Database);
        await cluster.WhenLedAsync(topic);

        // The others see it well, so it has to find out by itself that it alone is without the database.
        await CutOffAsync(network, cluster, survivors, await OwnerAsync(cluster, topic), Link.Database);
        await cluster.WhenLedAsync(topic);

        await survivors.VerifyAsync();
    }

    [SplitFact]
    public async Task Of_two_nodes_that_lose_each_other_the_one_with_the_lease_goes_on_and_nothing_is_lost()
    {
        await using var network = await CreateAsync(2);
        await using var database = await Database.StartAsync(DatabaseAddress);
        await using var cluster = await TestCluster.StartOverAsync(database.ConnectionString, network.Places);
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions, impatient: true);

        await network.CutAsync(cluster.Nodes[0], Link.Peers);
        await Task.WhenAny(cluster.Nodes.Select(node => node.Process.Exited)).WaitAsync(TestCluster.Patience);
        var resumed = await survivors.ResumedAsync();

        var downed = Assert.Single(cluster.Nodes, node => !node.IsRunning);
        output.WriteLine($"node {downed.Number} ended; all served {resumed.TotalSeconds:F1} s later: {downed.Process.Errors[^1]}");
        await network.MendAsync(cluster.Nodes[0], Link.Peers);
        await downed.StartAsync();
        await cluster.WhenAllSeeAsync(2);
        await cluster.WhenLedAsync(topic);
        await survivors.ResumedAsync();
        await survivors.VerifyAsync();
    }

    /// <summary>Cuts links of a node until it ends and the others serve everything, then mends them and starts it as its supervisor would.</summary>
    private async Task CutOffAsync(SplitNetwork network, TestCluster cluster, Survivors survivors, ClusterNode node, params Link[] links)
    {
        survivors.Load.Mark();
        foreach (var link in links)
            await network.CutAsync(node, link);
        await node.Process.Exited.WaitAsync(TestCluster.Patience);
        Assert.NotEqual(0, node.Process.ExitCode);
        await survivors.ResumedAsync();
        await survivors.CaughtUpAsync();
        Assert.All(cluster.Nodes, one => Assert.Equal(one != node, one.IsRunning));
        output.WriteLine($"{string.Join(" and ", links)}: longest stall {survivors.Load.LongestStall().TotalSeconds:F1} s; {node.Process.Errors[^1]}");
        foreach (var link in links)
            await network.MendAsync(node, link);
        await node.StartAsync();
        await cluster.WhenAllSeeAsync(cluster.Nodes.Count);
        await survivors.ResumedAsync();
    }

    private static async Task<ClusterNode> OwnerAsync(TestCluster cluster, string topic) => cluster.NodeOf((await cluster.WhenLedAsync(topic))[0]);
}
