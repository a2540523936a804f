namespace Portask.Clients.Tests.Harness;

/// <summary>A PostgreSQL server with a data directory of its own, on loopback. It refuses to run as root, so it runs as postgres then.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly string _binaries;
    private readonly ReservedPort _port = new();
    private RunningProcess _server;

    private PostgresServer(string folder, string binaries)
    {
        (_folder, _binaries) = (folder, binaries);
        _server = Start();
        ConnectionString = $"Host=127.0.0.1;Port={_port.Number};Username=postgres;Database=postgres";
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
        var postgres = new PostgresServer(folder, binaries!);
        await postgres.WhenReadyAsync();
        return postgres;
    }

    /// <summary>Ends the server, which closes its connections; its data stay.</summary>
    public async Task StopAsync()
    {
        await ClientTool.RunAsync("kill", ["-INT", await PostmasterAsync()]);
        await _server.Exited.WaitAsync(Patience);
    }

    /// <summary>Starts the server again on its data and its port.</summary>
    public async Task StartAgainAsync()
    {
        await _server.DisposeAsync();
        _server = Start();
        await WhenReadyAsync();
    }

    /// <summary>Freezes every process of the server, which then answers nothing and refuses nothing.</summary>
    public Task SuspendAsync() => SignalAsync("-STOP");

    /// <summary>Lets a frozen server go on.</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private RunningProcess Start()
    {
        var (program, arguments) = AsPostgres(
            [Path.Combine(_binaries, "postgres"), "-D", Path.Combine(_folder, "data"), "-p", $"{_port.Number}", "-c", "listen_addresses=127.0.0.1", "-k", _folder, "-c", "lc_messages=C"]);
        return RunningProcess.Start(program, arguments);
    }

    private async Task<string> PostmasterAsync() => (await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid")))[0];

    private async Task SignalAsync(string signal)
    {
        var postmaster = await PostmasterAsync();
        // Backends have sessions of their own, so they are found by their parent.
        await ClientTool.TryRunAsync("pkill", [signal, "-P", postmaster]);
        await ClientTool.RunAsync("kill", [signal, postmaster]);
    }

    private Task WhenReadyAsync() => _server.WaitForErrorAsync(line => line.EndsWith("database system is ready to accept connections", StringComparison.Ordinal), Patience);

    private static async Task AsPostgresAsync(string[] command)
    {
        var (program, arguments) = AsPostgres(command);
        await ClientTool.RunAsync(program, arguments);
    }

    private static (string Program, string[] Arguments) AsPostgres(string[] command) =>
        Environment.IsPrivilegedProcess ? ("runuser", ["-u", "postgres", "--", .. command]) : (command[0], command[1..]);
}
