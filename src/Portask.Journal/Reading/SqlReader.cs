using System.Data.Common;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Reading;

/// <summary>
/// Reads the tables of Akka.Persistence.Sql beside the broker. Rows are read page by page: a reader that stays in one
/// statement would keep SQLite from ever cutting its write-ahead log.
/// </summary>
public sealed class SqlReader : IJournalReader
{
    private const int PageRows = 512;
    private const int PageRowsOfRecords = 16;

    private readonly SqlDialect _dialect;
    private readonly DbDataSource _source;

    /// <param name="provider">Sqlite, PostgreSQL or SqlServer.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider; it is opened for reading only where the database has such sessions.</param>
    public SqlReader(string provider, string connectionString)
        : this(SqlDialect.Of(provider), connectionString)
    {
    }

    internal SqlReader(SqlDialect dialect, string connectionString) =>
        (_dialect, _source) = (dialect, dialect.Source(dialect.ReadOnly(connectionString)));

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds() =>
        [.. Rows(_dialect.PersistenceIds, row => row.GetString(0)).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> Read(string persistenceId, long from, long to)
    {
        var rows = persistenceId.StartsWith(JournalIds.PartitionPrefix, StringComparison.Ordinal) ? PageRowsOfRecords : PageRows;
        while (from <= to)
        {
            var page = Rows(
                _dialect.ReadEvents, row => new StoredEvent(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)),
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
        _dialect.SequenceNrAt,
        row => row.GetInt64(0), ("id", persistenceId), ("end", Ticks(unixMs + 1)))[0];

    /// <inheritdoc/>
    public IReadOnlyList<StoredSnapshot> Snapshots(string persistenceId) => Rows(
        _dialect.Snapshots,
        row => new StoredSnapshot(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)),
        ("id", persistenceId));

    /// <inheritdoc/>
    public IEnumerable<CheckedEntry> Check(string persistenceId) =>
        Read(persistenceId, 1, long.MaxValue).Select(stored => new CheckedEntry(stored, "table journal", null, false));

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Gone(string persistenceId) => HasHistory() ? Rows(
        _dialect.Gone,
        row => new StoredEvent(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)), ("id", persistenceId)) : [];

    /// <inheritdoc/>
    public StoredSnapshot? HistoryStart(string persistenceId) => HasHistory() ? Rows(
        _dialect.HistoryStart,
        row => (StoredSnapshot?)new StoredSnapshot(row.GetInt64(0), UnixMs(row.GetInt64(1)), row.GetInt32(2), Text(row, 3), row.GetFieldValue<byte[]>(4)), ("id", persistenceId)).FirstOrDefault() : null;

    /// <inheritdoc/>
    public long HighestSequenceNr(string persistenceId) => Rows(
        _dialect.HighestSequenceNr, row => row.GetInt64(0), ("id", persistenceId))[0];

    /// <summary>What the database says of its own pages; empty when nothing is wrong, and where a database has no such check.</summary>
    public IReadOnlyList<string> CheckPages() => _dialect.CheckPages is { } statement
        ? [.. Rows(statement, row => row.GetString(0)).Where(line => line != "ok")]
        : [];

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _source.Dispose();

    // The table appears with the first entry of a records journal that goes.
    private bool HasHistory() => Rows(_dialect.FindHistory, row => 1).Count > 0;

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
