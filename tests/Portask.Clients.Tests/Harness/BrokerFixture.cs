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

    protected async Task StartAsync(params string[] settings) =>
        _broker = await BrokerProcess.StartAsync(null,
        [
            "portask.groups.initial-rebalance-delay-ms=100",
            "portask.log.cleaner.backoff-ms=100",
            "portask.log.retention-check-interval-ms=200",
            .. settings,
        ]);
}

/// <summary>A broker that keeps records in SQLite.</summary>
public sealed class SqliteRecordsFixture : BrokerFixture
{
    public override Task InitializeAsync() => StartAsync("portask.records.journal=sql");
}

/// <summary>A broker that keeps everything in a PostgreSQL of its own.</summary>
public sealed class PostgresRecordsFixture : BrokerFixture
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
