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
        await using var survivors = await Survivors.StartAsync(cluster, topic, Partitions);

        await SurviveAsync(survivors, "frozen for 15 s", () => primary.FreezeAsync(TimeSpan.FromSeconds(15)));
        await SurviveAsync(survivors, "fast restart", () => RestartAsync(primary, "fast"));
        await SurviveAsync(survivors, "immediate restart", () => RestartAsync(primary, "immediate"));
        await SurviveAsync(survivors, "failover", async () =>
        {
            await primary.KillAsync();
            await standby.PromoteAsync();
        });

        Assert.All(cluster.Nodes, node => Assert.True(node.IsRunning, cluster.All()));
        await survivors.VerifyAsync();
    }

    private static async Task RestartAsync(Database database, string mode)
    {
        await database.StopAsync(mode);
        await database.StartAgainAsync();
    }

    private async Task SurviveAsync(Survivors survivors, string what, Func<Task> harm)
    {
        survivors.Load.Mark();
        var began = Stopwatch.GetTimestamp();
        await harm();
        var gone = Stopwatch.GetElapsedTime(began);
        var resumed = await survivors.ResumedAsync();
        var stall = survivors.Load.LongestStall();
        var read = await survivors.CaughtUpAsync();
        output.WriteLine(
            $"{what}: gone for {gone.TotalSeconds:F1} s, serving {resumed.TotalSeconds:F1} s later, longest stall {stall.TotalSeconds:F1} s; all read after another {read.TotalSeconds:F1} s");
    }
}
