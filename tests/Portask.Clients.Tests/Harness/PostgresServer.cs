using System.Net;
using System.Net.Sockets;

namespace Portask.Clients.Tests.Harness;

/// <summary>A PostgreSQL server with a data directory of its own, on loopback. It refuses to run as root, so it runs as postgres then.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly RunningProcess _server;

    private PostgresServer(string folder, int port, RunningProcess server)
    {
        _folder = folder;
        _server = server;
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";
    }

    /// <summary>How the broker reaches it.</summary>
    public string ConnectionString { get; }

    public static async Task<PostgresServer> StartAsync()
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")).FirstOrDefault()
            : null;
        Assert.True(binaries is not null, "PostgreSQL is not installed under /usr/lib/postgresql");
        var folder = Directory.CreateTempSubdirectory("portask-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
            await ClientTool.RunAsync("chown", ["postgres", folder]);
        var data = Path.Combine(folder, "data");
        await AsPostgresAsync([Path.Combine(binaries!, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]);
        var port = FreePort();
        var (program, arguments) = AsPostgres([Path.Combine(binaries!, "postgres"), "-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-k", folder]);
        var server = RunningProcess.Start(program, arguments);
        var postgres = new PostgresServer(folder, port, server);
        await postgres.WhenReadyAsync(binaries!, port);
        return postgres;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WhenReadyAsync(string binaries, int port)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while ((await ClientTool.TryRunAsync(Path.Combine(binaries, "pg_isready"), ["-h", "127.0.0.1", "-p", $"{port}"])).ExitCode != 0)
        {
            Assert.True(DateTime.UtcNow < deadline && !_server.Exited.IsCompleted, _server.All());
            await Task.Delay(50);
        }
    }

    private static async Task AsPostgresAsync(string[] command)
    {
        var (program, arguments) = AsPostgres(command);
        await ClientTool.RunAsync(program, arguments);
    }

    private static (string Program, string[] Arguments) AsPostgres(string[] command) =>
        Environment.IsPrivilegedProcess ? ("runuser", ["-u", "postgres", "--", .. command]) : (command[0], command[1..]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
