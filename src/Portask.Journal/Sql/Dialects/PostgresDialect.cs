using System.Data.Common;
using Npgsql;
using Portask.Journal.Events;

namespace Portask.Journal.Sql.Dialects;

/// <summary>PostgreSQL, which the nodes of a cluster share.</summary>
internal sealed class PostgresDialect() : SqlDialect("LENGTH(message)", "LIMIT @rows")
{
    public override string Name => "PostgreSQL";

    public override string PluginProvider => "PostgreSQL.15";

    public override string CreateHistory { get; } =
        "CREATE TABLE IF NOT EXISTS portask_history (persistence_id VARCHAR(255) NOT NULL, sequence_number BIGINT NOT NULL, created BIGINT NOT NULL,"
        + " gone BIGINT NOT NULL, identifier INTEGER NOT NULL, manifest VARCHAR(500) NOT NULL, message BYTEA NOT NULL,"
        + " PRIMARY KEY (persistence_id, sequence_number, manifest))";

    public override string FindHistory => "SELECT 1 FROM information_schema.tables WHERE table_name = 'portask_history'";

    // The high digit of the attributes' low byte says with bit 1 that a batch is a control batch.
    public override string KeepHistory { get; } =
        "INSERT INTO portask_history (persistence_id, sequence_number, created, gone, identifier, manifest, message)"
        + " SELECT persistence_id, sequence_number, created, @gone, identifier, manifest,"
        + $" CASE WHEN manifest = '{PartitionSerializer.BatchManifest}' AND NOT (SUBSTR(ENCODE(SUBSTR(message, {AttributesByte}, 1), 'hex'), 1, 1) IN ('2', '3', '6', '7', 'a', 'b', 'e', 'f'))"
        + $" THEN SUBSTR(message, 1, {HeadBytes}) ELSE message END"
        + " FROM journal WHERE persistence_id = @id AND sequence_number BETWEEN @from AND @to AND deleted = @deleted ON CONFLICT DO NOTHING";

    public override string? TakeLease =>
        "INSERT INTO portask_lease (name, owner, expires) VALUES (@name, @owner, now() + @ttl)"
        + " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires = excluded.expires"
        + " WHERE portask_lease.owner = excluded.owner OR portask_lease.expires < now()";

    public override string? RenewLease => "UPDATE portask_lease SET expires = now() + @ttl WHERE name = @name AND owner = @owner AND expires >= now()";

    // VACUUM reads all pages that changed since the last one. What comes sooner is left to the next, or to autovacuum.
    public override TimeSpan ReclaimPause => TimeSpan.FromMinutes(1);

    public override DbDataSource Source(string connectionString) => NpgsqlDataSource.Create(connectionString);

    public override string Pooled(string connectionString)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Two pools of this size on a node: three nodes fit into the 100 connections that PostgreSQL has by default.
        if (!given.ContainsKey("Maximum Pool Size"))
            settings.MaxPoolSize = 15;
        if (!given.ContainsKey("Timeout"))
            settings.Timeout = 5;
        // Above a freeze that is waited for, below the journal's call timeout.
        if (!given.ContainsKey("Command Timeout"))
            settings.CommandTimeout = 18;
        // A node that stands still inside a transaction holds the numbers that its successor has to write; the server ends it then. One that
        // is cut off in the middle of a statement is not idle for the server, which has to notice that nobody is there.
        if (!given.ContainsKey("Options"))
            settings.Options = "-c idle_in_transaction_session_timeout=4000 -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1"
                + " -c tcp_keepalives_count=3 -c tcp_user_timeout=5000";
        // A server that has gone without a word is noticed while nothing is sent as well.
        if (!given.ContainsKey("Tcp Keepalive"))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 10, 5);
        // Of several hosts one that was down or a standby may be the primary now; 10 s, the driver's default, are all outage.
        if (!given.ContainsKey("Host Recheck Seconds"))
            settings.HostRecheckSeconds = 1;
        if (!given.ContainsKey("Application Name"))
            settings.ApplicationName = "portask";
        return settings.ConnectionString;
    }

    public override string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString();

    public override string ReadOnly(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Options = "-c default_transaction_read_only=on" }.ToString();

    public override void Prepare(string connectionString) => PostgresSchema.Create(connectionString);

    /// <summary>VACUUM, after which the space is used again, and free pages at the end of the table's file leave it.</summary>
    public override async ValueTask ReclaimAsync(DbDataSource source, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await SqlSpace.RunAsync(connection, "VACUUM journal", cancellation).ConfigureAwait(false);
    }

    public override bool IsTaken(Exception cause) => cause is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };
}
