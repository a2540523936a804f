using System.Data.Common;
using System.Globalization;

namespace Portask.Journal.Sql;

/// <summary>
/// Gives the space of deleted rows back. SQLite: free pages leave the file, in transactions of 8 MiB, if the file was created with
/// auto_vacuum = incremental, as <see cref="SqlDatabase.Prepare"/> does; in an older file they are used again. PostgreSQL: VACUUM,
/// after which the space is used again, and free pages at the end of the table's file leave it.
/// </summary>
internal sealed class SqlSpace(bool isSqlite, DbDataSource source) : IDisposable
{
    private const string Incremental = "2";
    private const int PagesAtOnce = 2048;

    // VACUUM reads all pages that changed since the last one. What comes sooner is left to the next, or to autovacuum.
    private static readonly TimeSpan VacuumPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private long _vacuumedAt = long.MinValue;
    private int _isWanted;

    public async ValueTask ReclaimAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref _isWanted, 1);
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Who came before has done it for this one as well.
            if (Interlocked.Exchange(ref _isWanted, 0) == 0)
                return;
            await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            if (isSqlite)
                await ShrinkAsync(connection, cancellation).ConfigureAwait(false);
            else
                await VacuumAsync(connection, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async ValueTask ShrinkAsync(DbConnection connection, CancellationToken cancellation)
    {
        if (await RunAsync(connection, "PRAGMA auto_vacuum", cancellation).ConfigureAwait(false) != Incremental)
            return;
        while (await RunAsync(connection, "PRAGMA freelist_count", cancellation).ConfigureAwait(false) is { } free and not "0")
        {
            await RunAsync(connection, $"PRAGMA incremental_vacuum({PagesAtOnce})", cancellation).ConfigureAwait(false);
            if (await RunAsync(connection, "PRAGMA freelist_count", cancellation).ConfigureAwait(false) == free)
                break;
        }
        // The file itself gets shorter when the write-ahead log is taken over into it.
        await RunAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", cancellation).ConfigureAwait(false);
    }

    private async ValueTask VacuumAsync(DbConnection connection, CancellationToken cancellation)
    {
        var now = Environment.TickCount64;
        if (_vacuumedAt != long.MinValue && now - _vacuumedAt < VacuumPause.TotalMilliseconds)
            return;
        await RunAsync(connection, "VACUUM journal", cancellation).ConfigureAwait(false);
        _vacuumedAt = Environment.TickCount64;
    }

    private static async ValueTask<string?> RunAsync(DbConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        string? first = null;
        // incremental_vacuum frees one page for each row that is read.
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            first ??= reader.FieldCount > 0 ? Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) : null;
        return first;
    }
}
