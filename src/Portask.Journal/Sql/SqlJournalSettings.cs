using Akka.Configuration;

namespace Portask.Journal.Sql;

/// <summary>The HOCON of Akka.Persistence.Sql as this broker runs it: journal <c>portask.journal.sql</c>, snapshots <c>portask.snapshot.sql</c>.</summary>
public static class SqlJournalSettings
{
    /// <summary>The plugins' configuration.</summary>
    /// <param name="provider">Sqlite or PostgreSQL.</param>
    /// <param name="connectionString">ADO.NET connection string of that provider.</param>
    public static Config Hocon(string provider, string connectionString)
    {
        var (linq2Db, connection) = provider switch
        {
            "Sqlite" => ("SQLite.MS", connectionString),
            "PostgreSQL" => ("PostgreSQL.15", connectionString),
            _ => throw new ArgumentException($"{provider} is not a database of this broker; Sqlite and PostgreSQL are", nameof(provider)),
        };
        var quoted = "\"" + connection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        return ConfigurationFactory.ParseString($$"""
            portask {
              journal.sql {
                class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
                plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
                connection-string = {{quoted}}
                provider-name = "{{linq2Db}}"
                auto-initialize = on
                # One writer: SQLite has one anyway, and on PostgreSQL commits of several connections wait for each other's fsync.
                parallelism = 1
                # As literals the payloads would become hex text in the statement: 31 MB/s instead of 60-80.
                prefer-parameters-on-multirow-insert = true
                use-clone-connection = true
                circuit-breaker {
                  max-failures = 10
                  call-timeout = 20s
                  reset-timeout = 3s
                }
              }
              snapshot.sql {
                class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
                plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
                connection-string = {{quoted}}
                provider-name = "{{linq2Db}}"
                auto-initialize = on
                use-clone-connection = true
              }
            }
            """).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);
    }
}
