using Akka.Actor;
using Akka.Coordination;
using Npgsql;

namespace Portask.Cluster.Tests;

/// <summary>The lease in the database: one owner at a time, by the database's clock.</summary>
public sealed class SqlLeaseTests(JournalFixture fixture) : IClassFixture<JournalFixture>
{
    private readonly string _name = BrokerFixture.NewName("lease");

    [ClientFact("psql")]
    public async Task One_of_many_that_ask_at_once_gets_it()
    {
        var system = fixture.StartSystem();
        var leases = Enumerable.Range(0, 10).Select(i => Lease(system, $"owner{i}")).ToList();

        var taken = await Task.WhenAll(leases.Select(lease => lease.Acquire()));

        Assert.Single(taken, got => got);
        Assert.Single(leases, lease => lease.CheckLease());
        var owner = leases[Array.IndexOf(taken, true)];
        Assert.True(await owner.Acquire());
        await owner.Release();
        Assert.False(owner.CheckLease());
        Assert.True(await leases.First(lease => lease != owner).Acquire());
    }

    [ClientFact("psql")]
    public async Task An_expired_one_is_taken_over_and_its_owner_is_told()
    {
        var (former, later) = (Lease(fixture.StartSystem(), "former"), Lease(fixture.StartSystem(), "later"));
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await former.Acquire(cause => lost.TrySetResult(cause)));
        Assert.False(await later.Acquire());

        await ExecuteAsync("UPDATE portask_lease SET expires = now() - interval '1 second' WHERE name = @name");

        Assert.True(await later.Acquire());
        Assert.Null(await lost.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(former.CheckLease());
        Assert.False(await former.Acquire());
    }

    [ClientFact("psql")]
    public async Task Tables_are_made_once_however_many_nodes_start()
    {
        await ExecuteAsync("CREATE DATABASE fresh");
        var fresh = new NpgsqlConnectionStringBuilder(fixture.ConnectionString) { Database = "fresh" }.ConnectionString;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Journal.Sql.SqlDatabase.Prepare("PostgreSQL", fresh))));

        await using var connection = new NpgsqlConnection(fresh);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM portask_schema", connection);
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    private Lease Lease(ActorSystem system, string owner) => LeaseProvider.Get(system).GetLease(_name, "portask.lease", owner);

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(fixture.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        if (statement.Contains("@name", StringComparison.Ordinal))
            command.Parameters.AddWithValue("name", _name);
        await command.ExecuteNonQueryAsync();
    }
}
