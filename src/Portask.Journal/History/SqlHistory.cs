using System.Data.Common;
using System.Globalization;
using Portask.Journal.Reading;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.History;

/// <summary>The rows of Akka.Persistence.Sql as the keeping of history changes them; each change is one transaction.</summary>
internal sealed class SqlHistory(SqlDialect dialect, string connectionString) : IDisposable
{
    private readonly DbDataSource _source = dialect.Source(connectionString);

    /// <summary>Bytes of the events behind a number.</summary>
    public async Task<long> BytesAfterAsync(string persistenceId, long after, CancellationToken cancellation) => await OneAsync(
        dialect.BytesAfter,
        cancellation, ("id", persistenceId), ("after", after), ("deleted", false)).ConfigureAwait(false);

    /// <summary>The number behind which the newest events are no more than so many bytes.</summary>
    public async Task<long> CutForAsync(string persistenceId, long maxBytes, CancellationToken cancellation) => await OneAsync(
        dialect.CutFor,
        cancellation, ("id", persistenceId), ("deleted", false), ("most", maxBytes)).ConfigureAwait(false);

    /// <summary>Puts a snapshot in the place of the events up to its number and of all snapshots before it.</summary>
    /// <returns>The number of events that went.</returns>
    public async Task<long> FoldAsync(string persistenceId, StoredSnapshot start, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        (string, object) id = ("id", persistenceId), number = ("number", start.SequenceNr);
        await RunAsync(connection, transaction, dialect.RemoveSnapshotsTo, cancellation, id, number)
            .ConfigureAwait(false);
        await RunAsync(
            connection, transaction, dialect.InsertSnapshot,
            cancellation, id, number, ("created", SqlReader.Ticks(start.TimeMs)), ("snapshot", start.Payload.ToArray()), ("manifest", start.Manifest), ("serializer", start.SerializerId))
            .ConfigureAwait(false);
        var gone = await RunAsync(connection, transaction, dialect.RemoveEventsTo, cancellation, id, number)
            .ConfigureAwait(false);
        await RemoveSnapshotsAsync(connection, transaction, persistenceId, start.SequenceNr, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return gone;
    }

    /// <summary>Removes the snapshots that nothing starts from: those between the start of the history and the newest.</summary>
    /// <param name="start">The snapshot that the history starts with, 0 for none.</param>
    public async Task RemoveSnapshotsAsync(string persistenceId, long start, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await RemoveSnapshotsAsync(connection, null, persistenceId, start, cancellation).ConfigureAwait(false);
    }

    /// <summary>Puts one event in the place of those of a range, at the last number of it.</summary>
    public async Task ReplaceAsync(string persistenceId, long first, long last, string manifest, byte[] message, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await RunAsync(
            connection, transaction, dialect.RemoveEventsBefore,
            cancellation, ("id", persistenceId), ("first", first), ("last", last)).ConfigureAwait(false);
        await RunAsync(
            connection, transaction, dialect.ReplaceEvent,
            cancellation, ("id", persistenceId), ("last", last), ("manifest", manifest), ("message", message)).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _source.Dispose();

    private Task<int> RemoveSnapshotsAsync(
        DbConnection connection, DbTransaction? transaction, string persistenceId, long start, CancellationToken cancellation) => RunAsync(
            connection, transaction, dialect.RemoveSnapshotsBetween,
            cancellation, ("id", persistenceId), ("start", start));

    private async Task<long> OneAsync(string statement, CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var command = Command(connection, null, statement, parameters);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    private static async Task<int> RunAsync(
        DbConnection connection, DbTransaction? transaction, string statement, CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(connection, transaction, statement, parameters);
        return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string statement, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (statement, transaction);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
