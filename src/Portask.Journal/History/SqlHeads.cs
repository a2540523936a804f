using System.Data.Common;
using Portask.Journal.Reading;
using Portask.Journal.Sql;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.History;

/// <summary>
/// What is kept of entries that left a SQL journal: rows of <c>portask_history</c>, filled from the journal's own before these go.
/// Of a batch that is its header, so that no record stays behind; markers of transactions and all other entries are kept whole.
/// </summary>
internal sealed class SqlHeads(SqlDialect dialect, string connectionString, DbDataSource source, HistorySettings settings)
{
    private volatile bool _isReady;

    /// <summary>Makes sure of the table.</summary>
    public async ValueTask PrepareAsync(CancellationToken cancellation)
    {
        if (_isReady || settings.Retention <= TimeSpan.Zero)
            return;
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await RunAsync(connection, null, dialect.CreateHistory, cancellation).ConfigureAwait(false);
        _isReady = true;
    }

    /// <summary>Keeps what is known of a range, in the transaction in which it goes. What was kept of a number before stays.</summary>
    public async ValueTask KeepAsync(
        DbConnection connection, DbTransaction? transaction, string persistenceId, long from, long to, CancellationToken cancellation)
    {
        if (settings.Retention <= TimeSpan.Zero)
            return;
        await RunAsync(
            connection, transaction, dialect.KeepHistory,
            cancellation, ("id", persistenceId), ("from", from), ("to", to), ("deleted", false), ("gone", NowMs)).ConfigureAwait(false);
    }

    /// <summary>Keeps what is known of all up to a number, and gives up what is past its time or too much.</summary>
    public async ValueTask KeepToAsync(string persistenceId, long to, CancellationToken cancellation)
    {
        await PrepareAsync(cancellation).ConfigureAwait(false);
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await KeepAsync(connection, null, persistenceId, 1, to, cancellation).ConfigureAwait(false);
        await PruneAsync(connection, persistenceId, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes all that is kept.</summary>
    public async ValueTask ForgetAsync(string persistenceId, CancellationToken cancellation)
    {
        await PrepareAsync(cancellation).ConfigureAwait(false);
        if (!_isReady)
            return;
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await RunAsync(connection, null, dialect.ForgetHistory, cancellation, ("id", persistenceId)).ConfigureAwait(false);
    }

    private static long NowMs => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private async ValueTask PruneAsync(DbConnection connection, string persistenceId, CancellationToken cancellation)
    {
        if (settings.Retention <= TimeSpan.Zero)
            return;
        var old = NowMs - (long)settings.Retention.TotalMilliseconds;
        var highest = Math.Max(
            await OneAsync(connection, dialect.OldHistory, cancellation, ("id", persistenceId), ("old", old)).ConfigureAwait(false),
            await OneAsync(connection, dialect.LargeHistory, cancellation, ("id", persistenceId), ("most", settings.MaxBytes)).ConfigureAwait(false));
        if (highest == 0)
            return;
        using var reader = new SqlReader(dialect, connectionString);
        var start = HistoryStart.Fold(reader, persistenceId, reader.HistoryStart(persistenceId), highest);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await RunAsync(connection, transaction, dialect.PruneHistory, cancellation, ("id", persistenceId), ("to", highest)).ConfigureAwait(false);
        if (start is { } snapshot)
        {
            await RunAsync(
                connection, transaction, dialect.StartHistory,
                cancellation, ("id", persistenceId), ("to", highest), ("created", SqlReader.Ticks(snapshot.TimeMs)), ("gone", NowMs), ("identifier", snapshot.SerializerId),
                ("manifest", snapshot.Manifest), ("message", snapshot.Payload.ToArray())).ConfigureAwait(false);
        }
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    private static async ValueTask<long> OneAsync(
        DbConnection connection, string statement, CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(connection, null, statement, parameters);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async ValueTask RunAsync(
        DbConnection connection, DbTransaction? transaction, string statement, CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(connection, transaction, statement, parameters);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string statement, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (statement, transaction);
        foreach (var (name, value) in parameters)
            SqlRecordsJournal.Add(command, name, value);
        return command;
    }
}
