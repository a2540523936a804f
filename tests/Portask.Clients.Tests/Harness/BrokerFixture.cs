namespace Portask.Clients.Tests.Harness;

/// <summary>One broker for all tests of a class, with short delays of groups, compaction and retention; each test takes topics and groups of its own.</summary>
public class BrokerFixture : IAsyncLifetime
{
    private BrokerProcess? _broker;

    internal BrokerProcess Broker => _broker!;

    /// <summary>The broker's address.</summary>
    public string Bootstrap => Broker.Bootstrap;

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string prefix) => $"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 9)];

    public virtual Task InitializeAsync() => StartAsync();

    public virtual async Task DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    /// <summary>What has a broker look for something to clean or to delete all the time. Only for tests whose records are of today.</summary>
    protected static readonly string[] Restless = ["portask.log.cleaner.backoff-ms=100", "portask.log.retention-check-interval-ms=200"];

    /// <summary>How often the broker looks; as by default.</summary>
    protected virtual string[] Pace => [];

    protected async Task StartAsync(params string[] settings) =>
        _broker = await BrokerProcess.StartAsync(null, ["portask.groups.initial-rebalance-delay-ms=100", .. Pace, .. settings]);
}

/// <summary>A broker that cleans and deletes at once.</summary>
public sealed class RestlessFixture : BrokerFixture
{
    protected override string[] Pace => Restless;
}

/// <summary>A broker that keeps records in SQLite.</summary>
public class SqliteRecordsFixture : BrokerFixture
{
    public override Task InitializeAsync() => StartAsync("portask.records.journal=sql");
}

/// <summary>The same, cleaning and deleting at once.</summary>
public sealed class RestlessSqliteFixture : SqliteRecordsFixture
{
    protected override string[] Pace => Restless;
}

/// <summary>A broker that keeps everything in a PostgreSQL of its own.</summary>
public class PostgresRecordsFixture : BrokerFixture
{
    private PostgresServer? _postgres;

    public override async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        await StartAsync(
            "portask.records.journal=sql",
            "portask.journal.sql.provider=PostgreSQL",
            $"portask.journal.sql.connection-string={_postgres.ConnectionString}");
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}

/// <summary>The same, cleaning and deleting at once.</summary>
public sealed class RestlessPostgresFixture : PostgresRecordsFixture
{
    protected override string[] Pace => Restless;
}
