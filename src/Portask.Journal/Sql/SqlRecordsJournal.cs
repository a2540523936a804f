using System.Data.Common;
using Akka.Actor;
using Portask.Journal.History;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>Reads what <c>portask.journal.sql</c> wrote, from the journal table of Akka.Persistence.Sql.</summary>
public sealed class SqlRecordsJournal : IRecordsJournal, IExtension, IDisposable
{
    // Rows of a first query and of the largest. A driver reads the rest of a result that is left early, so the bound on bytes
    // cannot be the only one; and one entry may be 1 MiB or 100 bytes.
    private const int FirstRows = 8;
    private const int MostRows = 512;

    private readonly SqlDialect _dialect;
    private readonly DbDataSource _source;
    private readonly SqlEditing _editing;
    private readonly SqlSpace _space;
    private readonly SqlHeads _heads;

    internal SqlRecordsJournal(string provider, string connectionString, HistorySettings history)
    {
        _dialect = SqlDialect.Of(provider);
        _source = _dialect.Source(connectionString);
        _heads = new SqlHeads(_dialect, connectionString, _source, history);
        _editing = new SqlEditing(_dialect, _source, this, _heads);
        _space = new SqlSpace(_dialect, _source);
    }

    /// <inheritdoc/>
    public bool SyncsOnWrite => true;

    /// <summary>The extension of an actor system.</summary>
    public static SqlRecordsJournal Get(ActorSystem system) => system.WithExtension<SqlRecordsJournal, Provider>();

    /// <summary>The reading side of one of several journals, closed with its actor system.</summary>
    internal static SqlRecordsJournal Of(ActorSystem system, string plugin)
    {
        var config = system.Settings.Config.GetConfig(plugin);
        var journal = new SqlRecordsJournal(
            config.GetString("provider-name"), config.GetString("connection-string"), HistorySettings.From(system.Settings.Config));
        system.RegisterOnTermination(journal.Dispose);
        return journal;
    }

    /// <inheritdoc/>
    public void SubscribeSynced(string persistenceId, IActorRef subscriber)
    {
        // A confirmed persist is on disk already, so there is nothing to tell.
    }

    /// <inheritdoc/>
    public void Flush(string persistenceId)
    {
        // What is written is on disk.
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation)
    {
        var entries = new List<JournalEntry>();
        var room = (long)maxBytes;
        var from = fromSequenceNr;
        await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        for (var rows = FirstRows; from <= toSequenceNr; rows = Math.Min(rows * 2, MostRows))
        {
            await using var command = Command(connection, _dialect.ReadEntries, persistenceId);
            Add(command, "from", from);
            Add(command, "to", toSequenceNr);
            Add(command, "rows", rows);
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var read = 0;
            for (; await reader.ReadAsync(cancellation).ConfigureAwait(false); read++)
            {
                var entry = Entry(reader);
                room -= entry.Payload.Length;
                if (entries.Count > 0 && room < 0)
                    return entries;
                entries.Add(entry);
                if (room <= 0)
                    return entries;
            }
            if (read < rows)
                break;
            from = entries[^1].SequenceNr + 1;
        }
        return entries;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation)
    {
        await _editing.RunAsync(persistenceId, fromSequenceNr, toSequenceNr, edit, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation)
    {
        await using (var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false))
        {
            await using var command = Command(connection, _dialect.EmptyMarked, persistenceId, isDeleted: true);
            Add(command, "message", Array.Empty<byte>());
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
        await _space.ReclaimAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask KeepHistoryAsync(string persistenceId, long toSequenceNr, CancellationToken cancellation) =>
        _heads.KeepToAsync(persistenceId, toSequenceNr, cancellation);

    /// <inheritdoc/>
    public ValueTask ForgetHistoryAsync(string persistenceId, CancellationToken cancellation) => _heads.ForgetAsync(persistenceId, cancellation);

    /// <inheritdoc/>
    public long SizeInBytes(string persistenceId)
    {
        using var connection = _source.OpenConnection();
        using var command = Command(connection, _dialect.SizeOfEntries, persistenceId);
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _space.Dispose();
        _source.Dispose();
    }

    private static JournalEntry Entry(DbDataReader row) =>
        new(row.GetInt64(0), row.IsDBNull(1) ? "" : row.GetString(1), row.GetFieldValue<byte[]>(2));

    internal static DbCommand Command(DbConnection connection, string statement, string persistenceId, bool isDeleted = false)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        Add(command, "id", persistenceId);
        Add(command, "deleted", isDeleted);
        return command;
    }

    internal static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private sealed class Provider : ExtensionIdProvider<SqlRecordsJournal>
    {
        public override SqlRecordsJournal CreateExtension(ExtendedActorSystem system) => Of(system, "portask.journal.sql");
    }
}
