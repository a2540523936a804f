using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>A consumer group outlives its coordinator and the database, and reads every acknowledged record.</summary>
public sealed class GroupSurvivalTests(ITestOutputHelper output)
{
    private const int Partitions = 12;

    [ClientFact("psql")]
    public async Task A_group_reads_everything_across_a_kill_of_its_coordinator_and_a_restart_of_the_database()
    {
        await using var database = await Database.StartAsync();
        await using var cluster = await TestCluster.StartOverAsync(database.ConnectionString, NodePlace.OnLoopback(3));
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var load = await AcknowledgedLoad.StartAsync(cluster.Bootstrap, topic, Partitions, ImpatientClient.Configure);
        await using var group = new SteadyGroup(cluster.Bootstrap, topic, members: 3);
        await group.WhenSharedAsync(Partitions);

        var coordinator = cluster.NodeOf(await group.CoordinatorAsync());
        await coordinator.KillAsync();
        await SurviveAsync(load, group, "coordinator killed");
        await coordinator.StartAsync();
        await cluster.WhenAllSeeAsync(3);

        await database.StopAsync("immediate");
        await database.StartAgainAsync();
        await SurviveAsync(load, group, "database restarted");

        await load.VerifyAsync(cluster.Bootstrap);
        await group.WhenReadAsync(load.Places);
        Assert.Empty(load.Refused);
    }

    private async Task SurviveAsync(AcknowledgedLoad load, SteadyGroup group, string what)
    {
        var resumed = await load.WhenAllAcknowledgedAsync(TestCluster.Patience);
        var read = await group.WhenReadAsync(load.Places);
        await group.WhenSharedAsync(Partitions);
        output.WriteLine($"{what}: produced to again after {resumed.TotalSeconds:F1} s, all read {read.TotalSeconds:F1} s later");
    }
}
