using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Portask.Journal.Sql;

/// <summary>The database of the SQL journal, reached without the plugin.</summary>
public static class SqlDatabase
{
    /// <summary>
    /// Makes the database ready before the plugin opens it: the tables in PostgreSQL; of a SQLite file its folder, write-ahead
    /// logging, which the file remembers, and, when it is new, that it can give space back.
    /// </summary>
    /// <param name="provider">Sqlite or PostgreSQL.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider.</param>
    /// <exception cref="InvalidOperationException">The file cannot have a write-ahead log, or confirmed writes would not be on disk.</exception>
    public static void Prepare(string provider, string connectionString)
    {
        if (!IsSqlite(provider))
        {
            PostgresSchema.Create(connectionString);
            return;
        }
        var settings = new SqliteConnectionStringBuilder(connectionString);
        var inMemory = settings.Mode == SqliteOpenMode.Memory || settings.DataSource is "" or ":memory:";
        if (!inMemory && Path.GetDirectoryName(Path.GetFullPath(settings.DataSource)) is { } folder)
            Directory.CreateDirectory(folder);
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        // Another process may be opening the file in this moment.
        Pragma(connection, "PRAGMA busy_timeout = 30000");
        // Heard only while the file has no tables; afterwards free pages can leave it without its being written anew.
        Pragma(connection, "PRAGMA auto_vacuum = INCREMENTAL");
        var mode = Pragma(connection, "PRAGMA journal_mode = WAL");
        if (mode != "wal" && !inMemory)
            throw new InvalidOperationException($"{settings.DataSource}: the journal mode is {mode}, WAL was refused");
        // 2 is FULL, 3 EXTRA. A connection's own default cannot be set from outside, so it is only made sure of.
        if (Pragma(connection, "PRAGMA synchronous") is not ("2" or "3"))
            throw new InvalidOperationException($"{settings.DataSource}: this build of SQLite does not sync every commit");
    }

    /// <summary>Asks the database for an answer over a connection of its own.</summary>
    /// <exception cref="DbException">It cannot be reached, or does not answer.</exception>
    public static async Task ProbeAsync(string provider, string connectionString, CancellationToken cancellation)
    {
        // A pooled connection may have died with a server that is long back.
        var fresh = IsSqlite(provider) ? connectionString : new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString();
        await using var source = Source(provider, fresh);
        await using var command = source.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The provider that a connection string is for; an empty one is for the SQLite file in the data directory.</summary>
    public static string ProviderOf(string connectionString)
    {
        var keys = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return keys.ContainsKey("Host") || keys.ContainsKey("Username") ? "PostgreSQL" : "Sqlite";
    }

    /// <summary>A PostgreSQL connection string with what it leaves open set to what a broker needs.</summary>
    public static string Pooled(string connectionString)
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

    /// <summary>Whether a write failed because another writer has its place: a unique key, or the fence.</summary>
    public static bool IsTaken(Exception cause) =>
        cause is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
        || (cause as AggregateException)?.InnerExceptions.Any(IsTaken) == true
        || (cause.InnerException is { } inner && IsTaken(inner));

    internal static bool IsSqlite(string provider) => provider.StartsWith("Sqlite", StringComparison.OrdinalIgnoreCase);

    /// <summary>A source of connections for a provider as Akka.Persistence.Sql or this broker names it.</summary>
    internal static DbDataSource Source(string provider, string connectionString)
    {
        if (IsSqlite(provider))
            return SqliteFactory.Instance.CreateDataSource(connectionString);
        if (provider.StartsWith("PostgreSQL", StringComparison.Ordinal))
            return NpgsqlDataSource.Create(connectionString);
        throw new ArgumentException($"{provider} is not a database of this broker; Sqlite and PostgreSQL are", nameof(provider));
    }

    private static string? Pragma(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
