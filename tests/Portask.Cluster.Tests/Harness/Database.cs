using System.Globalization;
using System.Net;

namespace Portask.Cluster.Tests.Harness;

/// <summary>A PostgreSQL server that can be stopped, frozen, killed, started again, followed by a standby and promoted.</summary>
internal sealed class Database : IAsyncDisposable
{
    private static readonly string Binaries = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")).FirstOrDefault() ?? ""
        : "";

    private readonly string _folder;
    private readonly string _address;
    private readonly ReservedPort _port;
    private RunningProcess? _server;

    private Database(string folder, string address) => (_folder, _address, _port) = (folder, address, new(IPAddress.Parse(address)));

    /// <summary>Where it listens, as a connection string has it.</summary>
    public string Host => _port.EndPoint.ToString();

    /// <summary>How the broker reaches it.</summary>
    public string ConnectionString => ConnectionStringOf(this);

    /// <summary>Processor time that the server has used, all its processes together.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // Fields behind the name in /proc/PID/stat: the parent is the second; own time the 12th and 13th, of children that ended the next two.
            static string[] Stat(string process) => File.ReadAllText(process).Split(") ")[^1].Split(' ');
            static long Ticks(string[] stat, int fields) => stat.Skip(11).Take(fields).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture));
            var ticks = Ticks(Stat($"/proc/{_server!.Id}/stat"), 4);
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
            {
                try
                {
                    var stat = Stat(Path.Combine(process, "stat"));
                    if (stat[1] == Text(_server.Id))
                        ticks += Ticks(stat, 2);
                }
                catch (IOException)
                {
                    // It ended meanwhile and is counted at its parent.
                }
            }
            return TimeSpan.FromSeconds(ticks / 100d);
        }
    }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>How the broker reaches whichever of several is the primary.</summary>
    public static string ConnectionStringOf(params Database[] servers) =>
        $"Host={string.Join(',', servers.Select(server => server.Host))};Username=postgres;Database=postgres"
        + (servers.Length > 1 ? ";Target Session Attributes=primary" : "");

    /// <summary>Creates a server and starts it.</summary>
    /// <param name="address">Of this machine, where it listens and from whose network (24 bits) it takes connections.</param>
    public static async Task<Database> StartAsync(string address = "127.0.0.1", params string[] settings)
    {
        var database = await AtAsync(address);
        await AsPostgresAsync("initdb", "-D", database.Data, "-U", "postgres", "--auth=trust", "--no-sync");
        await File.AppendAllTextAsync(Path.Combine(database.Data, "pg_hba.conf"), $"host all all {address}/24 trust\n");
        await database.StartAgainAsync(settings);
        return database;
    }

    /// <summary>Creates a standby of this server, starts it, and has every commit wait for it from now on.</summary>
    public async Task<Database> FollowAsync()
    {
        var standby = await AtAsync(_address);
        await AsPostgresAsync("pg_basebackup", "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-U", "postgres", "-h", _address, "-p", Text(_port.Number));
        // By default a standby looks for its primary every 5 s, and until then no commit returns.
        await standby.StartAgainAsync("wal_retrieve_retry_interval=200ms");
        await AskAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await AskAsync("SELECT pg_reload_conf()");
        for (var deadline = DateTime.UtcNow + TestCluster.Patience; await AskAsync("SELECT sync_state FROM pg_stat_replication") != "sync";)
        {
            Assert.True(DateTime.UtcNow < deadline, standby._server!.All());
            await Task.Delay(50);
        }
        return standby;
    }

    /// <summary>Starts the server on its data, and waits until it takes connections.</summary>
    public async Task StartAgainAsync(params string[] settings)
    {
        if (_server is not null)
            await _server.DisposeAsync();
        var (program, arguments) = AsPostgres(
        [
            Path.Combine(Binaries, "postgres"), "-D", Data, "-p", Text(_port.Number), "-k", _folder, "-c", $"listen_addresses={_address}",
            .. settings.SelectMany(setting => (string[])["-c", setting]),
        ]);
        _server = RunningProcess.Start(program, arguments);
        for (var deadline = DateTime.UtcNow + TestCluster.Patience; (await ClientTool.TryRunAsync(Path.Combine(Binaries, "pg_isready"), ["-h", _address, "-p", Text(_port.Number)])).ExitCode != 0;)
        {
            Assert.True(DateTime.UtcNow < deadline && !_server.Exited.IsCompleted, _server.All());
            await Task.Delay(50);
        }
    }

    /// <summary>Ends the server as an operator does, in one of the modes of pg_ctl.</summary>
    public async Task StopAsync(string mode)
    {
        await AsPostgresAsync("pg_ctl", "stop", "-D", Data, "-m", mode);
        await _server!.Exited;
    }

    /// <summary>Ends the server and all that belongs to it without warning.</summary>
    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Makes a standby the primary, and waits until it is.</summary>
    public Task PromoteAsync() => AsPostgresAsync("pg_ctl", "promote", "-w", "-D", Data);

    /// <summary>Lets the server and its backends stand still for a time.</summary>
    public async Task FreezeAsync(TimeSpan time)
    {
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0].Trim();
        // The postmaster first: it starts no backend behind the list of its children.
        await ClientTool.RunAsync("kill", ["-STOP", postmaster]);
        var backends = await ClientTool.RunAsync("ps", ["-o", "pid=", "--ppid", postmaster]);
        string[] all = [.. backends.Select(line => line.Trim()).Where(line => line.Length > 0), postmaster];
        await ClientTool.RunAsync("kill", ["-STOP", .. all]);
        await Task.Delay(time);
        await ClientTool.RunAsync("kill", ["-CONT", .. all]);
    }

    /// <summary>Runs one statement and gives what it says.</summary>
    public async Task<string> AskAsync(string sql) =>
        string.Join('\n', await ClientTool.RunAsync(Path.Combine(Binaries, "psql"), ["-h", _address, "-p", Text(_port.Number), "-U", "postgres", "-Atc", sql]));

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<Database> AtAsync(string address)
    {
        Assert.True(Binaries.Length > 0, "PostgreSQL is not installed under /usr/lib/postgresql");
        var folder = Directory.CreateTempSubdirectory("portask-database-").FullName;
        if (Environment.IsPrivilegedProcess)
            await ClientTool.RunAsync("chown", ["postgres", folder]);
        return new(folder, address);
    }

    private static async Task AsPostgresAsync(string program, params string[] arguments)
    {
        var (runner, all) = AsPostgres([Path.Combine(Binaries, program), .. arguments]);
        await ClientTool.RunAsync(runner, all);
    }

    // Not runuser: it stays in between, and stands still for good when the server that it waits for does.
    private static (string Program, string[] Arguments) AsPostgres(string[] command) =>
        Environment.IsPrivilegedProcess ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", .. command]) : (command[0], command[1..]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
