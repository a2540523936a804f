using Akka.Actor;
using Akka.Coordination;
using Portask.Cluster.Tests.Harness;

namespace Portask.Cluster.Tests;

/// <summary>The lease in the database: one owner at a time, by the database's clock.</summary>
public abstract class SqlLeaseTests(JournalFixture fixture)
{
    private readonly string _name = BrokerFixture.NewName("lease");

    public virtual async Task One_of_many_that_ask_at_once_gets_it()
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

    public virtual async Task An_expired_one_is_taken_over_and_its_owner_is_told()
    {
        var (former, later) = (Lease(fixture.StartSystem(), "former"), Lease(fixture.StartSystem(), "later"));
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await former.Acquire(cause => lost.TrySetResult(cause)));
        Assert.False(await later.Acquire());

        await fixture.ExecuteAsync("UPDATE portask_lease SET expires = @past WHERE name = @name", ("name", _name), ("past", DateTime.UtcNow.AddDays(-1)));

        Assert.True(await later.Acquire());
        Assert.Null(await lost.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(former.CheckLease());
        Assert.False(await former.Acquire());
    }

    public virtual async Task Tables_are_made_once_however_many_nodes_start()
    {
        var fresh = await fixture.CreateDatabaseAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Journal.Sql.SqlDatabase.Prepare(fixture.Provider, fresh))));

        Assert.Equal(1L, Convert.ToInt64(await fixture.ExecuteAsync(fresh, "SELECT COUNT(*) FROM portask_schema"), System.Globalization.CultureInfo.InvariantCulture));
    }

    private Lease Lease(ActorSystem system, string owner) => LeaseProvider.Get(system).GetLease(_name, "portask.lease", owner);
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresSqlLeaseTests(PostgresFixture fixture) : SqlLeaseTests(fixture), IClassFixture<PostgresFixture>
{
    [ClientFact("psql")]
    public override Task One_of_many_that_ask_at_once_gets_it() => base.One_of_many_that_ask_at_once_gets_it();

    [ClientFact("psql")]
    public override Task An_expired_one_is_taken_over_and_its_owner_is_told() => base.An_expired_one_is_taken_over_and_its_owner_is_told();

    [ClientFact("psql")]
    public override Task Tables_are_made_once_however_many_nodes_start() => base.Tables_are_made_once_however_many_nodes_start();
}

/// <summary>On SQL Server.</summary>
public sealed class SqlServerSqlLeaseTests(SqlServerFixture fixture) : SqlLeaseTests(fixture), IClassFixture<SqlServerFixture>
{
    [SqlServerFact]
    public override Task One_of_many_that_ask_at_once_gets_it() => base.One_of_many_that_ask_at_once_gets_it();

    [SqlServerFact]
    public override Task An_expired_one_is_taken_over_and_its_owner_is_told() => base.An_expired_one_is_taken_over_and_its_owner_is_told();

    [SqlServerFact]
    public override Task Tables_are_made_once_however_many_nodes_start() => base.Tables_are_made_once_however_many_nodes_start();
}
