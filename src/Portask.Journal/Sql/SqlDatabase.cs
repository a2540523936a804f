using System.Data.Common;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>The database of the SQL journal, reached without the plugin.</summary>
public static class SqlDatabase
{
    // Words of SQL Server's connection strings that no other database's has.
    private static readonly string[] SqlServerKeys =
        ["Server", "Addr", "Address", "Network Address", "Database", "Initial Catalog", "User Id", "UID", "Integrated Security", "Trusted_Connection", "Authentication"];

    /// <summary>Makes the database ready before the plugin opens it: tables, where the plugin does not make them; a file's folder and modes.</summary>
    /// <param name="provider">Sqlite, PostgreSQL or SqlServer.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider.</param>
    /// <exception cref="InvalidOperationException">The database is not one that this release can use; the message says why.</exception>
    public static void Prepare(string provider, string connectionString) => SqlDialect.Of(provider).Prepare(connectionString);

    /// <summary>Asks the database for an answer over a connection of its own.</summary>
    /// <exception cref="DbException">It cannot be reached, or does not answer.</exception>
    public static async Task ProbeAsync(string provider, string connectionString, CancellationToken cancellation)
    {
        var dialect = SqlDialect.Of(provider);
        // A pooled connection may have died with a server that is long back.
        await using var source = dialect.Source(dialect.Unpooled(connectionString));
        await using var command = source.CreateCommand(dialect.Probe);
        await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The provider that a connection string is for; an empty one is for the SQLite file in the data directory.</summary>
    public static string ProviderOf(string connectionString)
    {
        var keys = new DbConnectionStringBuilder { ConnectionString = connectionString };
        // Npgsql takes Server and Database too, but only it has these three.
        if (keys.ContainsKey("Host") || keys.ContainsKey("Username") || keys.ContainsKey("Port"))
            return "PostgreSQL";
        return Array.Exists(SqlServerKeys, keys.ContainsKey) ? "SqlServer" : "Sqlite";
    }

    /// <summary>What keeps a connection string from being one of a provider's, without its values, of which one is a password; null when nothing does.</summary>
    /// <param name="provider">Sqlite, PostgreSQL or SqlServer; auto tells it from the string.</param>
    /// <param name="connectionString">The string.</param>
    public static string? Mistake(string provider, string connectionString)
    {
        try
        {
            var dialect = SqlDialect.Of(provider == "auto" ? ProviderOf(connectionString) : provider);
            dialect.ReadOnly(dialect.Pooled(connectionString));
            return null;
        }
        catch (Exception cause) when (cause is FormatException or InvalidCastException or OverflowException)
        {
            return "a value is not of the kind that its keyword takes";
        }
        catch (ArgumentException cause)
        {
            // Npgsql says only which of its keywords could not be set; what it is then is not said anywhere.
            return cause is { InnerException: KeyNotFoundException, ParamName: { } keyword } ? $"keyword not supported: '{keyword}'" : cause.Message.Split(". ")[0].TrimEnd('.');
        }
    }

    /// <summary>A connection string with what it leaves open set to what a broker needs.</summary>
    public static string Pooled(string provider, string connectionString) => SqlDialect.Of(provider).Pooled(connectionString);

    /// <summary>Whether a write failed because another writer has its place: a unique key, or the fence.</summary>
    public static bool IsTaken(Exception cause) =>
        SqlDialect.AnyIsTaken(cause)
        || (cause as AggregateException)?.InnerExceptions.Any(IsTaken) == true
        || (cause.InnerException is { } inner && IsTaken(inner));

    /// <summary>Whether a database that failed may answer when it is asked again.</summary>
    public static bool IsTransient(DbException cause) => SqlDialect.AnyIsTransient(cause);
}
