using Akka.Actor;
using Portask.Broker;
using Portask.Broker.Cluster;
using Portask.Hosting;
using Portask.Journal.Sql;

namespace Portask.Cluster.Tests;

/// <summary>A PostgreSQL with the broker's tables, and actor systems that are configured as a node of a cluster is.</summary>
public sealed class JournalFixture : IAsyncLifetime
{
    private readonly List<ActorSystem> _systems = [];
    private PostgresServer? _postgres;

    /// <summary>How the database is reached.</summary>
    public string ConnectionString => _postgres!.ConnectionString;

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        SqlDatabase.Prepare("PostgreSQL", ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(system => system.Terminate()));
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    /// <summary>Starts an actor system over the database.</summary>
    public ActorSystem StartSystem()
    {
        var options = new NodeOptions
        {
            SqlProvider = "PostgreSQL",
            SqlConnectionString = ConnectionString,
            Broker = new BrokerSettings { RecordsJournal = "sql", IsClustered = true },
            Cluster = new ClusterOptions { Port = 0, Seeds = ["127.0.0.1:1"] },
        };
        var system = ActorSystem.Create("portask", NodeConfiguration.Build(options));
        _systems.Add(system);
        return system;
    }
}
