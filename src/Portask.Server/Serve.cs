using System.CommandLine;
using System.Runtime.InteropServices;
using Portask.Hosting;
using Portask.Hosting.Settings;
using Portask.Http;

namespace Portask.Server;

/// <summary><c>portask serve</c>: runs one node until SIGTERM or Ctrl-C.</summary>
internal static class Serve
{
    private static readonly Option<string?> Bind = new("--bind") { Description = "Address to listen on (127.0.0.1)", HelpName = "ADDRESS" };
    private static readonly Option<string?> Port = new("--port") { Description = "TCP port, 0 takes a free one (9092)", HelpName = "N" };
    private static readonly Option<string?> HttpPort = new("--http-port") { Description = "Port of metrics, health and the JSON API, 0 takes a free one (8080), or off", HelpName = "N" };
    private static readonly Option<string?> Data = new("--data") { Description = "Folder of journals and snapshots (./data)", HelpName = "DIR" };

    private static readonly Option<string?> Db = new("--db") { Description = "Connection string of the database (SQLite in the data directory)", HelpName = "STRING" };
    private static readonly Option<string?> DbProvider = new("--db-provider") { Description = "PostgreSQL, SqlServer or Sqlite (told from --db)", HelpName = "NAME" };
    private static readonly Option<string?> BrokerId = new("--broker-id") { Description = "Id of this node (1; in a cluster the next that is free)", HelpName = "N" };
    private static readonly Option<string?> ClusterPort = new("--cluster-port") { Description = "Port for the other nodes of a cluster (none)", HelpName = "N" };
    private static readonly Option<string?> ClusterHost = new("--cluster-host") { Description = "Address for the other nodes (127.0.0.1)", HelpName = "HOST" };
    private static readonly Option<string?> Seed = new("--seed") { Description = "Nodes to join, separated by commas; the first begins the cluster", HelpName = "HOST:PORT,..." };
    private static readonly Option<string?> Advertised = new("--advertised") { Description = "Address that clients are told (the bound one)", HelpName = "HOST:PORT" };
    private static readonly Option<string?> Rack = new("--rack") { Description = "Where the node stands, as clients are told", HelpName = "NAME" };

    public static Command Command()
    {
        var command = new Command("serve", "Run a broker node (the default)")
        {
            SettingFlags.Config, Bind, Port, HttpPort, Data, Db, DbProvider, BrokerId, ClusterPort, ClusterHost, Seed, Advertised, Rack, SettingFlags.Set,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        try
        {
            var sources = Sources(flags);
            var options = SettingsLoader.Load(sources);
            // Kestrel starts beside the actor system, which is what the start takes its time for.
            var listening = Task.Run(() => ListenAsync(sources, options, stop.Token), stop.Token);
            await using var node = await PortaskNode.StartAsync(sources, stop.Token);
            await using var http = await listening;
            http?.Attach(node);
            Console.WriteLine(node.ReadyLine(http?.EndPoint));
            await Task.WhenAny(node.Failed, Task.Delay(Timeout.Infinite, stop.Token));
            if (!node.Failed.IsCompleted)
                return 0;
            Console.Error.WriteLine("portask: " + await node.Failed);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception cause) when (StartFailure.Describe(cause) is { } line)
        {
            Console.Error.WriteLine("portask: " + line);
            return 1;
        }
    }

    /// <summary>The HTTP listener; null when it is off, or when nobody asked for its port and another process has it.</summary>
    private static async Task<HttpServer?> ListenAsync(IReadOnlyList<SettingsSource> sources, NodeOptions options, CancellationToken cancellation)
    {
        if (options.Http.Port is null)
            return null;
        try
        {
            return await HttpServer.StartAsync(options, cancellation);
        }
        catch (IOException cause) when (!SettingsLoader.Merge(sources).HasPath("portask.http.port"))
        {
            Console.Error.WriteLine($"portask: {cause.Message}; going on without HTTP, --http-port names another port");
            return null;
        }
    }

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }

    private static List<SettingsSource> Sources(ParseResult flags)
    {
        var sources = SettingFlags.Begin(flags);
        sources.Add("--bind", "portask.listener.bind", flags.GetValue(Bind));
        sources.Add("--port", "portask.listener.port", flags.GetValue(Port));
        sources.Add("--http-port", "portask.http.port", flags.GetValue(HttpPort));
        sources.Add("--data", "portask.data-directory", flags.GetValue(Data));
        sources.Add("--db", "portask.journal.sql.connection-string", flags.GetValue(Db));
        sources.Add("--db-provider", "portask.journal.sql.provider", flags.GetValue(DbProvider));
        sources.Add("--broker-id", "portask.broker-id", flags.GetValue(BrokerId));
        sources.Add("--cluster-port", "portask.cluster.port", flags.GetValue(ClusterPort));
        sources.Add("--cluster-host", "portask.cluster.host", flags.GetValue(ClusterHost));
        sources.Add("--seed", "portask.cluster.seeds", flags.GetValue(Seed));
        sources.Add("--rack", "portask.rack", flags.GetValue(Rack));
        if (flags.GetValue(Advertised) is { } advertised)
            sources.AddRange(EnvironmentSettings.Advertised("--advertised", advertised));
        sources.AddSet(flags);
        return sources;
    }
}
