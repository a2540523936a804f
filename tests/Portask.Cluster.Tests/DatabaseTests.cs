using System.Diagnostics;
using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>The database stands still, is restarted and fails over to its standby under load, and nothing acknowledged is lost.</summary>
public sealed class DatabaseTests(ITestOutputHelper output)
{
    private const int Partitions = 16;

    [ClientFact("psql")]
    public async Task A_database_that_freezes_restarts_and_fails_over_to_its_standby_is_served_again_and_nothing_is_lost()
    {
        // A commit counts once the standby has it, else a failover loses what was acknowledged in between.
        await using var primary = await Database.StartAsync();
        await using var standby = await primary.FollowAsync();
        await using var cluster = await TestCluster.StartOverAsync(Database.ConnectionStringOf(primary, standby), NodePlace.OnLoopback(3));
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);
        await using var load = await AcknowledgedLoad.StartAsync(cluster.Bootstrap, topic, Partitions);

        await SurviveAsync(load, "frozen for 15 s", () => primary.FreezeAsync(TimeSpan.FromSeconds(15)));
        await SurviveAsync(load, "fast restart", () => RestartAsync(primary, "fast"));
        await SurviveAsync(load, "immediate restart", () => RestartAsync(primary, "immediate"));
        await SurviveAsync(load, "failover", async () =>
        {
            await primary.KillAsync();
            await standby.PromoteAsync();
        });

        Assert.All(cluster.Nodes, node => Assert.True(node.IsRunning, cluster.All()));
        await load.VerifyAsync(cluster.Bootstrap);
        Assert.Empty(load.Refused);
    }

    private static async Task RestartAsync(Database database, string mode)
    {
        await database.StopAsync(mode);
        await database.StartAgainAsync();
    }

    private async Task SurviveAsync(AcknowledgedLoad load, string what, Func<Task> harm)
    {
        load.Mark();
        var began = Stopwatch.GetTimestamp();
        await harm();
        var gone = Stopwatch.GetElapsedTime(began);
        var resumed = await load.WhenAllAcknowledgedAsync(TestCluster.Patience);
        output.WriteLine($"{what}: gone for {gone.TotalSeconds:F1} s, serving {resumed.TotalSeconds:F1} s later; longest stall {load.LongestStall().TotalSeconds:F1} s");
    }
}
