using Portask.Broker;
using Portask.Journal.Sql;

namespace Portask.Hosting.Settings;

/// <summary>Settles what follows from whether the node is one of a cluster, and refuses what a cluster cannot run on.</summary>
internal static class ClusterChecks
{
    /// <summary>The options with every "auto" settled.</summary>
    /// <exception cref="ConfigurationException">The settings do not go together; one line says why.</exception>
    public static NodeOptions Resolve(NodeOptions options)
    {
        var cluster = options.Cluster is { Port: > 0 } asked ? asked : null;
        if (cluster is null && options.Cluster is { Seeds.Count: > 0 })
            throw new ConfigurationException("portask.cluster.seeds is given without portask.cluster.port, on which this node would be reached");
        CheckConnection("portask.journal.sql.connection-string", options.SqlProvider, options.SqlConnectionString);
        var broker = options.Broker;
        if (broker.RecordsJournal == "auto")
            broker = broker with { RecordsJournal = cluster is null ? "log" : "sql" };
        if (cluster is null && broker.NodeId == BrokerSettings.AutoNodeId)
            broker = broker with { NodeId = 1 };
        options = options with
        {
            Broker = broker with { IsClustered = cluster is not null },
            Cluster = cluster is { Seeds.Count: 0 } ? cluster with { Seeds = [$"{cluster.Host}:{cluster.Port}"] } : cluster,
            SqlProvider = options.SqlProvider == "auto" ? SqlDatabase.ProviderOf(options.SqlConnectionString) : options.SqlProvider,
        };
        if (cluster is not null)
            Check(options);
        if (options.RecordsDatabases.Count > 0)
            CheckDatabases(options);
        return options;
    }

    private static void Check(NodeOptions options)
    {
        if (options.Broker.RecordsJournal == "log")
        {
            throw new ConfigurationException(
                "portask.records.journal = log keeps records on one node's disk, where no other node of a cluster could read them; a cluster takes sql");
        }
        if (options.SqlProvider == "Sqlite")
        {
            throw new ConfigurationException(
                "portask.journal.sql is SQLite, a file that one node alone can use; a cluster takes PostgreSQL, as in --db 'Host=...', or SQL Server, as in --db 'Server=...'");
        }
    }

    private static void CheckDatabases(NodeOptions options)
    {
        if (options.Broker.RecordsJournal != "sql")
            throw new ConfigurationException("portask.records.sql.databases is given and portask.records.journal is not sql");
        foreach (var database in options.RecordsDatabases)
            CheckConnection("portask.records.sql.databases", "auto", database);
        if (options.SqlProvider != "PostgreSQL" || options.RecordsDatabases.Any(database => SqlDatabase.ProviderOf(database) != "PostgreSQL"))
            throw new ConfigurationException("portask.records.sql.databases takes PostgreSQL databases beside one for control events");
    }

    private static void CheckConnection(string path, string provider, string connectionString)
    {
        if (SqlDatabase.Mistake(provider, connectionString) is { } mistake)
            throw new ConfigurationException($"{path} is no connection string: {mistake}; it takes one such as Host=localhost;Username=portask;Database=portask");
    }
}
