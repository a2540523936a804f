using Portask.Cluster.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Cluster.Tests;

/// <summary>Nodes over one SQL Server.</summary>
public sealed class SqlServerClusterTests(SqlServerFixture fixture, ITestOutputHelper output) : IClassFixture<SqlServerFixture>
{
    [SqlServerFact]
    public async Task Of_two_nodes_the_one_that_is_left_gets_the_lease_and_everything_else()
    {
        await using var cluster = await TestCluster.StartOverAsync(fixture.ConnectionString, NodePlace.OnLoopback(2));

        var resumed = await FailoverTests.KillOneOfTwoAsync(cluster);

        output.WriteLine($"resumed after {resumed.TotalSeconds:F1} s");
    }
}
