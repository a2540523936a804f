using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Portask.Journal.Events;

namespace Portask.Journal.Sql.Dialects;

/// <summary>SQLite: a file that one node alone uses.</summary>
internal sealed class SqliteDialect() : SqlDialect("LENGTH(message)", "LIMIT @rows")
{
    private const string Incremental = "2";
    private const int PagesAtOnce = 2048;

    public override string Name => "Sqlite";

    public override string PluginProvider => "SQLite.MS";

    public override bool PluginMakesTables => true;

    // At any other level Microsoft.Data.Sqlite begins with the write lock, and who does not get it sleeps on a thread of the pool and asks again
    // after 150 ms: forty entities that recovered at once waited for each other and for the writer, and the journal's own actor, which reads
    // the highest number, with all writes behind it. With a cache of one's own nothing uncommitted is read at this level.
    public override string ReadIsolation => "read-uncommitted";

    public override string CreateHistory { get; } =
        "CREATE TABLE IF NOT EXISTS portask_history (persistence_id VARCHAR(255) NOT NULL, sequence_number BIGINT NOT NULL, created BIGINT NOT NULL,"
        + " gone BIGINT NOT NULL, identifier INTEGER NOT NULL, manifest VARCHAR(500) NOT NULL, message BLOB NOT NULL,"
        + " PRIMARY KEY (persistence_id, sequence_number, manifest))";

    public override string FindHistory => "SELECT 1 FROM sqlite_master WHERE name = 'portask_history'";

    // The high digit of the attributes' low byte says with bit 1 that a batch is a control batch.
    public override string KeepHistory { get; } =
        "INSERT INTO portask_history (persistence_id, sequence_number, created, gone, identifier, manifest, message)"
        + " SELECT persistence_id, sequence_number, created, @gone, identifier, manifest,"
        + $" CASE WHEN manifest = '{PartitionSerializer.BatchManifest}' AND NOT (SUBSTR(HEX(SUBSTR(message, {AttributesByte}, 1)), 1, 1) IN ('2', '3', '6', '7', 'A', 'B', 'E', 'F'))"
        + $" THEN SUBSTR(message, 1, {HeadBytes}) ELSE message END"
        + " FROM journal WHERE persistence_id = @id AND sequence_number BETWEEN @from AND @to AND deleted = @deleted ON CONFLICT DO NOTHING";

    public override string? CheckPages => "PRAGMA quick_check";

    public override DbDataSource Source(string connectionString) => SqliteFactory.Instance.CreateDataSource(connectionString);

    public override string Pooled(string connectionString)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        // A cache that connections share would show them what is not committed.
        var settings = new SqliteConnectionStringBuilder(connectionString) { Cache = SqliteCacheMode.Private };
        // Below the journal's call timeout, so that a lock that does not come free is told by name.
        if (!given.ContainsKey("Default Timeout") && !given.ContainsKey("Command Timeout"))
            settings.DefaultTimeout = 18;
        return settings.ToString();
    }

    public override string ReadOnly(string connectionString) =>
        new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString();

    /// <summary>Makes the folder and sets write-ahead logging, which the file remembers, and, when it is new, that it can give space back.</summary>
    /// <exception cref="InvalidOperationException">The file cannot have a write-ahead log, or confirmed writes would not be on disk.</exception>
    public override void Prepare(string connectionString)
    {
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

    /// <summary>
    /// Free pages leave the file, in transactions of 8 MiB, if it was created with auto_vacuum = incremental, as <see cref="Prepare"/>
    /// does; in an older file they are used again.
    /// </summary>
    public override async ValueTask ReclaimAsync(DbDataSource source, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        if (await SqlSpace.RunAsync(connection, "PRAGMA auto_vacuum", cancellation).ConfigureAwait(false) != Incremental)
            return;
        while (await SqlSpace.RunAsync(connection, "PRAGMA freelist_count", cancellation).ConfigureAwait(false) is { } free and not "0")
        {
            await SqlSpace.RunAsync(connection, $"PRAGMA incremental_vacuum({PagesAtOnce})", cancellation).ConfigureAwait(false);
            if (await SqlSpace.RunAsync(connection, "PRAGMA freelist_count", cancellation).ConfigureAwait(false) == free)
                break;
        }
        // The file itself gets shorter when the write-ahead log is taken over into it.
        await SqlSpace.RunAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", cancellation).ConfigureAwait(false);
    }

    private static string? Pragma(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
