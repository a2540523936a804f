using System.Data.Common;
using Portask.Journal.Sql;

namespace Portask.Hosting;

/// <summary>Makes the database ready before the actor system starts, waiting for one that starts at the same time.</summary>
internal static class DatabaseStart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="NodeStartException">The database could not be reached or refuses; one line says why.</exception>
    public static async Task PrepareAsync(NodeOptions options, CancellationToken cancellation)
    {
        for (var until = DateTime.UtcNow + Patience; ;)
        {
            try
            {
                SqlDatabase.Prepare(options.SqlProvider, options.SqlConnection);
                foreach (var database in options.RecordsDatabases)
                    SqlDatabase.Prepare("PostgreSQL", database);
                if (options.SqlProvider == "PostgreSQL")
                    PostgresSchema.KeepRecordsDatabases(options.SqlConnection, options.RecordsDatabases.Count);
                return;
            }
            catch (DbException cause) when (SqlDatabase.IsTransient(cause) && DateTime.UtcNow < until)
            {
                Console.Error.WriteLine("portask: waiting for the database: " + cause.Message.ReplaceLineEndings(" "));
                await Task.Delay(Pause, cancellation);
            }
            catch (InvalidOperationException cause) when (options.SqlProvider != "Sqlite")
            {
                throw new NodeStartException(cause.Message, cause);
            }
            catch (DbException cause) when (options.SqlProvider != "Sqlite")
            {
                throw new NodeStartException("the database cannot be used: " + cause.Message.ReplaceLineEndings(" "), cause);
            }
        }
    }
}
