using System.Data.Common;
using Portask.Journal.History;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>
/// Drops and changes rows of the journal table. Rows are read outside of a transaction and written in one for each chunk: a
/// database has one log for all, and one transaction over a whole range would keep every other writer out of SQLite meanwhile.
/// A crash between two chunks is harmless, because each edit is right on its own.
/// </summary>
internal sealed class SqlEditing(SqlDialect dialect, DbDataSource source, SqlRecordsJournal journal, SqlHeads heads)
{
    private const int ChunkBytes = 4 * 1024 * 1024;

    public async ValueTask RunAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation)
    {
        await heads.PrepareAsync(cancellation).ConfigureAwait(false);
        for (var from = fromSequenceNr; from <= toSequenceNr;)
        {
            var chunk = await journal.ReadAsync(persistenceId, from, toSequenceNr, ChunkBytes, cancellation).ConfigureAwait(false);
            if (chunk.Count == 0)
                return;
            var edits = chunk.Select(entry => (entry.SequenceNr, Edit: edit(entry))).ToList();
            if (edits.Exists(one => one.Edit.Kind != JournalEditKind.Keep))
                await WriteAsync(persistenceId, edits, cancellation).ConfigureAwait(false);
            from = chunk[^1].SequenceNr + 1;
        }
    }

    private async ValueTask WriteAsync(string persistenceId, List<(long SequenceNr, JournalEdit Edit)> edits, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        for (var i = 0; i < edits.Count; i++)
        {
            if (edits[i].Edit.Kind == JournalEditKind.Keep)
                continue;
            var changes = edits[i].Edit.Kind == JournalEditKind.Change;
            await using var command = SqlRecordsJournal.Command(connection, changes ? dialect.ChangeEntry : dialect.DropEntries, persistenceId);
            command.Transaction = transaction;
            SqlRecordsJournal.Add(command, "from", edits[i].SequenceNr);
            var first = edits[i].SequenceNr;
            if (changes)
            {
                SqlRecordsJournal.Add(command, "message", edits[i].Edit.Payload.ToArray());
            }
            else
            {
                // Neighbours that go together go with one statement.
                while (i + 1 < edits.Count && edits[i + 1].Edit.Kind == JournalEditKind.Drop)
                    i++;
                SqlRecordsJournal.Add(command, "to", edits[i].SequenceNr);
            }
            await heads.KeepAsync(connection, transaction, persistenceId, first, edits[i].SequenceNr, cancellation).ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }
}
