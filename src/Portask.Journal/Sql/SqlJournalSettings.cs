using Akka.Configuration;
using Portask.Journal.Sql.Dialects;

namespace Portask.Journal.Sql;

/// <summary>The HOCON of Akka.Persistence.Sql as this broker runs it: journal <c>portask.journal.sql</c>, snapshots <c>portask.snapshot.sql</c>.</summary>
public static class SqlJournalSettings
{
    /// <summary>The plugins' configuration.</summary>
    /// <param name="provider">Sqlite, PostgreSQL or SqlServer.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider.</param>
    /// <param name="records">Databases of records, where those are not in the first one: journals <c>portask.journal.sql-0</c> and on.</param>
    public static Config Hocon(string provider, string connectionString, IReadOnlyList<string>? records = null)
    {
        var hocon = $$"""
            portask.snapshot.sql {
              class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              {{Database(provider, connectionString)}}
            }
            portask.journal.sql { {{Journal(provider, connectionString)}} }
            """;
        for (var i = 0; i < (records?.Count ?? 0); i++)
            hocon += $"\n{RecordsPlugin(i)} {{ {Journal(SqlDatabase.ProviderOf(records![i]), records[i])} }}";
        return ConfigurationFactory.ParseString(hocon).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);
    }

    /// <summary>
    /// The connection string alone, to stand above the user's settings: what they say is at the very path that the plugin reads, and would
    /// hide the pool, the time-outs and the end of forgotten transactions that <see cref="SqlDatabase.Pooled"/> adds.
    /// </summary>
    public static Config Connection(string provider, string connectionString) =>
        ConfigurationFactory.ParseString($"portask.journal.sql.connection-string = {Quoted(SqlDatabase.Pooled(provider, connectionString))}");

    /// <summary>The journal of one of several databases of records.</summary>
    public static string RecordsPlugin(int index) => "portask.journal.sql-" + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Journal(string provider, string connectionString) => $$"""
        class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
        plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
        {{Database(provider, connectionString)}}
        # One writer: SQLite has one anyway, and on PostgreSQL commits of several connections wait for each other's fsync.
        parallelism = 1
        # As literals the payloads would become hex text in the statement: 31 MB/s instead of 60-80.
        prefer-parameters-on-multirow-insert = true
        {{SqlDialect.Of(provider).JournalHocon}}
        """;

    private static string Database(string provider, string connectionString)
    {
        var dialect = SqlDialect.Of(provider);
        return $$"""
            connection-string = {{Quoted(dialect.Pooled(connectionString))}}
            provider-name = "{{dialect.PluginProvider}}"
            # The tables of a database that nodes share are made before the system starts, by one node of those that start together.
            auto-initialize = {{(dialect.PluginMakesTables ? "on" : "off")}}
            use-clone-connection = true
            read-isolation-level = {{dialect.ReadIsolation}}
            # Never opens: of a hundred entities that try again when the database is back, a breaker would let one through and
            # refuse the others until its time is up. Who tries how often is bounded by those who wake entities. The time is
            # beyond a freeze that is waited for.
            circuit-breaker {
              max-failures = 2147483647
              call-timeout = 20s
              reset-timeout = 1s
            }
            """;
    }

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
