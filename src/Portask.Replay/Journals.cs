using Portask.Journal;
using Portask.Journal.Events;
using Portask.Journal.Reading;
using Portask.Journal.Sql;
using Portask.State;

namespace Portask.Replay;

/// <summary>The journals of a broker or of a cluster: control events and snapshots in SQL, records in segment files or in SQL too.</summary>
public sealed class Journals : IJournalReader
{
    private readonly SqlReader _sql;
    private readonly LogReader? _log;
    private readonly IReadOnlyList<SqlReader> _records;

    private Journals(SqlReader sql, LogReader? log, string description, IReadOnlyList<SqlReader> records) =>
        (_sql, _log, Description, _records) = (sql, log, description, records);

    /// <summary>Where they are, for messages.</summary>
    public string Description { get; }

    /// <summary>The database.</summary>
    public SqlReader Sql => _sql;

    /// <summary>The segment files, null when there are none.</summary>
    public LogReader? Log => _log;

    /// <summary>Opens journals for reading. Nothing is locked and nothing is written.</summary>
    /// <param name="dataDirectory">A broker's data directory, or null.</param>
    /// <param name="database">The connection string of the database where that is not control.db of the data directory; else null.</param>
    /// <exception cref="ReplayException">There is nothing to read.</exception>
    public static Journals Open(string? dataDirectory, string? database)
    {
        if (database is null)
        {
            dataDirectory ??= "./data";
            var file = Path.Combine(dataDirectory, "control.db");
            if (!File.Exists(file))
            {
                // A folder that may not be looked into is told by what this throws.
                if (Directory.Exists(dataDirectory))
                    _ = Directory.EnumerateFileSystemEntries(dataDirectory).Any();
                throw new ReplayException($"{dataDirectory} holds no control.db: it is no broker's data directory; name one with --data, or a database with --db");
            }
            database = $"Data Source={file}";
        }
        if (SqlDatabase.Mistake("auto", database) is { } mistake)
            throw new ReplayException($"--db is no connection string: {mistake}; it takes one such as Host=localhost;Username=portask;Database=portask");
        var provider = SqlDatabase.ProviderOf(database);
        CheckSpread(provider, database, 0);
        var records = dataDirectory is null ? null : Path.Combine(dataDirectory, "records");
        var log = records is not null && Directory.Exists(records) ? new LogReader(records) : null;
        return new Journals(new SqlReader(provider, database), log, provider != "Sqlite" ? "the database" : dataDirectory ?? database, []);
    }

    /// <summary>Opens the journals of a broker by its settings. Nothing is locked and nothing is written.</summary>
    /// <param name="provider">Sqlite, PostgreSQL or SqlServer.</param>
    /// <param name="database">The connection string of the database.</param>
    /// <param name="recordsDirectory">The folder of segment files, null where records are in SQL.</param>
    /// <param name="recordsDatabases">PostgreSQL databases that records are spread over; none where they are in the first one.</param>
    /// <exception cref="ReplayException">Records are spread over another number of databases.</exception>
    public static Journals Open(string provider, string database, string? recordsDirectory, IReadOnlyList<string> recordsDatabases)
    {
        CheckSpread(provider, database, recordsDatabases.Count);
        return new Journals(
            new SqlReader(provider, database), recordsDirectory is null ? null : new LogReader(recordsDirectory), "the broker's journals",
            [.. recordsDatabases.Select(one => new SqlReader("PostgreSQL", one))]);
    }

    /// <summary>What a stored event holds.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">This release does not know it.</exception>
    public static IJournaled Decode(StoredEvent stored) => JournaledEvents.Read(stored.SerializerId, stored.Manifest, stored.Payload);

    /// <summary>What a stored snapshot holds.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">This release does not know it.</exception>
    public static IJournaled Decode(StoredSnapshot stored) => JournaledEvents.Read(stored.SerializerId, stored.Manifest, stored.Payload);

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds() =>
        [.. _sql.PersistenceIds().Union(_log?.PersistenceIds() ?? []).Union(_records.SelectMany(one => one.PersistenceIds())).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> Read(string persistenceId, long from, long to) => HolderOf(persistenceId).Read(persistenceId, from, to);

    /// <inheritdoc/>
    public long SequenceNrAt(string persistenceId, long unixMs) => Math.Max(
        HolderOf(persistenceId).SequenceNrAt(persistenceId, unixMs),
        Gone(persistenceId).Where(one => one.TimeMs <= unixMs).Select(one => one.SequenceNr).LastOrDefault());

    /// <summary>Events as they were appended: those that are gone too, as far as anything is known of them.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range is damaged.</exception>
    public IEnumerable<StoredEvent> ReadWhole(string persistenceId, long from, long to) => WholeHistory.Read(HolderOf(persistenceId), persistenceId, from, to);

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Gone(string persistenceId) => HolderOf(persistenceId).Gone(persistenceId);

    /// <inheritdoc/>
    public StoredSnapshot? HistoryStart(string persistenceId) => HolderOf(persistenceId).HistoryStart(persistenceId);

    /// <inheritdoc/>
    public IEnumerable<CheckedEntry> Check(string persistenceId) => HolderOf(persistenceId).Check(persistenceId);

    /// <inheritdoc/>
    public long HighestSequenceNr(string persistenceId) => HolderOf(persistenceId).HighestSequenceNr(persistenceId);

    /// <inheritdoc/>
    public IReadOnlyList<StoredSnapshot> Snapshots(string persistenceId)
    {
        var snapshots = _sql.Snapshots(persistenceId);
        return HistoryStart(persistenceId) is { } start
            ? [start, .. snapshots.Where(one => one.SequenceNr > start.SequenceNr)]
            : snapshots;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sql.Dispose();
        foreach (var one in _records)
            one.Dispose();
    }

    // With another number, records would be looked for where they are not, and said to be missing.
    private static void CheckSpread(string provider, string database, int named)
    {
        if (provider == "PostgreSQL" && PostgresSchema.RecordsDatabases(database) is var found && found != named)
        {
            throw new ReplayException(
                $"records are spread over {found} databases and {named} are named: give portask.records.sql.databases as the broker has it, with --config or --set");
        }
    }

    private IJournalReader HolderOf(string persistenceId)
    {
        if (_log is not null && _log.Has(persistenceId))
            return _log;
        if (_records.Count == 0 || JournalIds.PartitionOf(persistenceId) is not { } of)
            return _sql;
        return _records[RecordsJournal.PlaceOf(of.TopicId, of.Partition, _records.Count)];
    }
}
