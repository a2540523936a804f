using System.Data.Common;
using System.Globalization;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>Gives the space of deleted rows back, one caller for all who wait; how, its database's dialect says.</summary>
internal sealed class SqlSpace(SqlDialect dialect, DbDataSource source) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private long _reclaimedAt = long.MinValue;
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
            var now = Environment.TickCount64;
            if (_reclaimedAt != long.MinValue && now - _reclaimedAt < dialect.ReclaimPause.TotalMilliseconds)
                return;
            await dialect.ReclaimAsync(source, cancellation).ConfigureAwait(false);
            _reclaimedAt = Environment.TickCount64;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    internal static async ValueTask<string?> RunAsync(DbConnection connection, string statement, CancellationToken cancellation)
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
