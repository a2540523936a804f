using System.Data.Common;
using Akka.Actor;
using Microsoft.Data.SqlClient;
using Npgsql;
using Portask.Broker;
using Portask.Cluster.Tests.Harness;
using Portask.Hosting;
using Portask.Journal.Sql;

namespace Portask.Cluster.Tests;

/// <summary>A database with the broker's tables, and actor systems that are configured as a node of a cluster is.</summary>
/// <param name="provider">PostgreSQL or SqlServer.</param>
public abstract class JournalFixture(string provider) : IAsyncLifetime
{
    private readonly List<ActorSystem> _systems = [];

    /// <summary>How the database is reached.</summary>
    public string ConnectionString { get; protected set; } = "";

    /// <summary>PostgreSQL or SqlServer.</summary>
    public string Provider => provider;

    public abstract Task InitializeAsync();

    public virtual Task DisposeAsync() => Task.WhenAll(_systems.Select(system => system.Terminate()));

    /// <summary>Starts an actor system over the database.</summary>
    public ActorSystem StartSystem()
    {
        var options = new NodeOptions
        {
            SqlProvider = provider,
            SqlConnectionString = ConnectionString,
            Broker = new BrokerSettings { RecordsJournal = "sql", IsClustered = true },
            Cluster = new ClusterOptions { Port = 0, Seeds = ["127.0.0.1:1"] },
        };
        var system = ActorSystem.Create("portask", NodeConfiguration.Build(options));
        _systems.Add(system);
        return system;
    }

    /// <summary>Creates a database without tables, and says how it is reached.</summary>
    public abstract Task<string> CreateDatabaseAsync();

    /// <summary>Runs one statement and gives the first value that it says.</summary>
    public Task<object?> ExecuteAsync(string statement, params (string Name, object Value)[] parameters) => ExecuteAsync(ConnectionString, statement, parameters);

    /// <summary>The same in another database of the server.</summary>
    public async Task<object?> ExecuteAsync(string connectionString, string statement, params (string Name, object Value)[] parameters)
    {
        await using DbConnection connection = provider == "SqlServer" ? new SqlConnection(connectionString) : new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Writes events in one statement, as rows of the journal table.</summary>
    public Task InsertAsync(string id, params (long SequenceNr, string Manifest, string Writer, byte[] Message)[] events) => ExecuteAsync(
        "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid) VALUES "
            + string.Join(", ", events.Select((_, i) => $"(0, @deleted, @id, @nr{i}, @message{i}, @manifest{i}, 4403, @writer{i})")),
        [
            ("id", id), ("deleted", false),
            .. events.SelectMany((one, i) => ((string, object)[])
                [($"nr{i}", one.SequenceNr), ($"message{i}", one.Message), ($"manifest{i}", one.Manifest), ($"writer{i}", one.Writer)]),
        ]);
}

/// <summary>A PostgreSQL of the tests' own.</summary>
public sealed class PostgresFixture() : JournalFixture("PostgreSQL")
{
    private PostgresServer? _postgres;

    public override async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        ConnectionString = _postgres.ConnectionString;
        SqlDatabase.Prepare(Provider, ConnectionString);
    }

    public override async Task<string> CreateDatabaseAsync()
    {
        var name = BrokerFixture.NewName("fresh").Replace('-', '_');
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}

/// <summary>Databases of the tests' own in the SQL Server that PORTASK_SQLSERVER names.</summary>
public sealed class SqlServerFixture() : JournalFixture("SqlServer")
{
    private readonly List<string> _names = [];

    public override async Task InitializeAsync()
    {
        if (SqlServerFactAttribute.Given is null)
            return;
        ConnectionString = await CreateDatabaseAsync();
        SqlDatabase.Prepare(Provider, ConnectionString);
    }

    public override async Task<string> CreateDatabaseAsync()
    {
        var name = BrokerFixture.NewName("portask_test").Replace('-', '_');
        await ExecuteAsync(SqlServerFactAttribute.Given!, $"CREATE DATABASE {name}");
        _names.Add(name);
        await ExecuteAsync(SqlServerFactAttribute.Given!, $"ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT ON");
        return new SqlConnectionStringBuilder(SqlServerFactAttribute.Given!) { InitialCatalog = name }.ConnectionString;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var name in _names)
        {
            await ExecuteAsync(SqlServerFactAttribute.Given!, $"ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
            await ExecuteAsync(SqlServerFactAttribute.Given!, $"DROP DATABASE {name}");
        }
    }
}
