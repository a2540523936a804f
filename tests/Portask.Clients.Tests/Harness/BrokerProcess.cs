using System.Diagnostics;
using System.Net;

namespace Portask.Clients.Tests.Harness;

/// <summary>The broker as a user runs it: a process with a data directory of its own, which can be killed and started again.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string[] _settings;
    private readonly string _assembly;
    private readonly bool _ownsData;
    private readonly ReservedPort _port = new();
    private RunningProcess? _process;

    private BrokerProcess(string assembly, string data, bool ownsData, string[] settings) =>
        (_assembly, Data, _ownsData, _settings) = (assembly, data, ownsData, settings);

    /// <summary>The data directory.</summary>
    public string Data { get; }

    /// <summary>Where the broker listens; stays the same over restarts.</summary>
    public IPEndPoint EndPoint => _port.EndPoint;

    /// <summary>Where HTTP is served, with <c>portask.http.port=0</c> among the settings; else it is off.</summary>
    public Uri Http { get; private set; } = new("http://off");

    /// <summary>The address as clients take it.</summary>
    public string Bootstrap => EndPoint.ToString();

    /// <summary>From the start of the process to its ready line.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>The process that runs now.</summary>
    public RunningProcess Process => _process ?? throw new InvalidOperationException("the broker is not started");

    /// <summary>Starts a broker on a free port.</summary>
    /// <param name="data">A data directory to keep; null is a new one that goes with the broker.</param>
    /// <param name="settings">As <c>--set</c> takes them.</param>
    public static Task<BrokerProcess> StartAsync(string? data = null, params string[] settings) =>
        StartBuildAsync(Repository.BrokerAssembly, data, settings);

    /// <summary>Starts another build of the broker than the one of this checkout.</summary>
    public static async Task<BrokerProcess> StartBuildAsync(string assembly, string? data = null, params string[] settings)
    {
        var broker = new BrokerProcess(assembly, data ?? Directory.CreateTempSubdirectory("portask-").FullName, data is null, settings);
        await broker.StartAgainAsync();
        return broker;
    }

    /// <summary>Starts a broker that is expected not to come up, and waits for its end.</summary>
    public static async Task<RunningProcess> StartToFailAsync(params string[] arguments)
    {
        var process = RunningProcess.Start("dotnet", [Repository.BrokerAssembly, "serve", .. arguments]);
        await process.Exited.WaitAsync(Patience);
        return process;
    }

    /// <summary>Starts the broker on its data directory and its port.</summary>
    public async Task StartAgainAsync()
    {
        var watch = Stopwatch.StartNew();
        _process = RunningProcess.Start("dotnet",
        [
            _assembly, "serve", "--port", EndPoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--data", Data,
            "--http-port", "off",
            .. _settings.SelectMany(setting => new[] { "--set", setting }),
        ]);
        var ready = await _process.WaitForLineAsync(line => line.StartsWith("portask ready ", StringComparison.Ordinal), Patience);
        StartTime = watch.Elapsed;
        Http = new Uri("http://" + Word(ready, "http="));
    }

    private static string Word(string line, string prefix) =>
        line.Split(' ').Single(word => word.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];

    /// <summary>Ends the broker without warning.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Ends the broker as an operator does, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process.Terminate();
        await Process.Exited.WaitAsync(Patience);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _port.Dispose();
        if (_ownsData)
            Directory.Delete(Data, recursive: true);
    }
}
