using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Portask.Journal.Events;
using Portask.Journal.Sql;

namespace Portask.Journal.Reading;

/// <summary>
/// Reads the tables of Akka.Persistence.Sql beside the broker. Rows are read page by page: a reader that stays in one
/// statement would keep SQLite from ever cutting its write-ahead log.
/// </summary>
public sealed class SqlReader : IJournalReader
{
    private const int PageRows = 512;
    private const int PageRowsOfRecords = 16;

    private readonly DbDataSource _source;

    /// <param name="provider">Sqlite or PostgreSQL.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider; it is opened for reading only.</param>
    public SqlReader(string provider, string connectionString) =>
        _source = SqlDatabase.Source(provider, ReadOnly(provider, connectionString));

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds() =>
        [.. Rows("SELECT persistence_id FROM journal UNION SELECT persistence_id FROM snapshot", row => row.GetString(0)).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> Read(string persistenceId, long from, long to)
    {
        const string Statement =
            "SELECT sequence_number, created, identifier, manifest, message FROM journal WHERE persistence_id = @id"
            + " AND sequence_number BETWEEN @from AND @to AND deleted = @deleted ORDER BY sequence_number LIMIT @rows";
        var rows = persistenceId.StartsWith(JournalIds.PartitionPrefix, StringComparison.Ordinal) ? PageRowsOfRecords : PageRows;
        while (from <= to)
        {
            var page = Rows(
                Statement, row => new StoredEvent(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)),
                ("id", persistenceId), ("from", from), ("to", to), ("deleted", false), ("rows", rows));
            foreach (var stored in page)
                yield return stored;
            if (page.Count < rows)
                break;
            from = page[^1].SequenceNr + 1;
        }
    }

    /// <inheritdoc/>
    public long SequenceNrAt(string persistenceId, long unixMs) => Rows(
        "SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = @id AND created < @end",
        row => row.GetInt64(0), ("id", persistenceId), ("end", Ticks(unixMs + 1)))[0];

    /// <inheritdoc/>
    public IReadOnlyList<StoredSnapshot> Snapshots(string persistenceId) => Rows(
        "SELECT sequence_number, created, serializer_id, manifest, snapshot FROM snapshot WHERE persistence_id = @id ORDER BY sequence_number",
        row => new StoredSnapshot(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)),
        ("id", persistenceId));

    /// <inheritdoc/>
    public IEnumerable<CheckedEntry> Check(string persistenceId) =>
        Read(persistenceId, 1, long.MaxValue).Select(stored => new CheckedEntry(stored, "table journal", null, false));

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Gone(string persistenceId) => HasHistory() ? Rows(
        $"SELECT sequence_number, created, identifier, manifest, message FROM portask_history WHERE persistence_id = @id AND manifest <> '{PartitionSerializer.SnapshotManifest}' ORDER BY sequence_number",
        row => new StoredEvent(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)), ("id", persistenceId)) : [];

    /// <inheritdoc/>
    public StoredSnapshot? HistoryStart(string persistenceId) => HasHistory() ? Rows(
        $"SELECT sequence_number, created, identifier, manifest, message FROM portask_history WHERE persistence_id = @id AND manifest = '{PartitionSerializer.SnapshotManifest}'",
        row => (StoredSnapshot?)new StoredSnapshot(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)), ("id", persistenceId)).FirstOrDefault() : null;

    /// <inheritdoc/>
    public long HighestSequenceNr(string persistenceId) => Rows(
        "SELECT COALESCE(MAX(sequence_number), 0) FROM journal WHERE persistence_id = @id", row => row.GetInt64(0), ("id", persistenceId))[0];

    /// <summary>What the database says of its own pages; empty when nothing is wrong, and for PostgreSQL, which has no such check.</summary>
    public IReadOnlyList<string> CheckPages() => _source is NpgsqlDataSource
        ? []
        : [.. Rows("PRAGMA quick_check", row => row.GetString(0)).Where(line => line != "ok")];

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _source.Dispose();

    // The table appears with the first entry of a records journal that goes.
    private bool HasHistory() => Rows(
        _source is NpgsqlDataSource ? "SELECT 1 FROM information_schema.tables WHERE table_name = 'portask_history'" : "SELECT 1 FROM sqlite_master WHERE name = 'portask_history'",
        row => 1).Count > 0;

    private static string ReadOnly(string provider, string connectionString) => SqlDatabase.IsSqlite(provider)
        ? new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString()
        : new NpgsqlConnectionStringBuilder(connectionString) { Options = "-c default_transaction_read_only=on" }.ToString();

    private static string Text(DbDataReader row, int column) => row.IsDBNull(column) ? "" : row.GetString(column);

    // The plugin stores times as ticks.
    private static long UnixMs(long ticks) => (ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;

    internal static long Ticks(long unixMs) => (unixMs * TimeSpan.TicksPerMillisecond) + DateTime.UnixEpoch.Ticks;

    private List<T> Rows<T>(string statement, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var connection = _source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        using var rows = command.ExecuteReader();
        var found = new List<T>();
        while (rows.Read())
            found.Add(read(rows));
        return found;
    }
}
