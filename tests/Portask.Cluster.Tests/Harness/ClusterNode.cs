using System.Diagnostics;
using System.Globalization;

namespace Portask.Cluster.Tests.Harness;

/// <summary>One node of a cluster as a process, which can be killed, stopped, frozen and started again on its data directory.</summary>
/// <param name="number">From 1 on; its folder goes by it.</param>
internal sealed class ClusterNode(int number, NodePlace place, string folder, IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private RunningProcess? _process;

    /// <summary>From 1 on.</summary>
    public int Number => number;

    /// <summary>Where clients reach it.</summary>
    public string Bootstrap => place.Kafka.ToString();

    /// <summary>Where the other nodes reach it.</summary>
    public string ClusterAddress => place.Cluster.ToString();

    /// <summary>The broker that the next start runs.</summary>
    public string Assembly { get; set; } = Repository.BrokerAssembly;

    /// <summary>Its data directory.</summary>
    public string Data => Path.Combine(folder, $"node{number}");

    /// <summary>The broker id that it said it has.</summary>
    public int BrokerId { get; private set; } = -1;

    /// <summary>Where HTTP is served, with <c>portask.http.port=0</c> among the settings.</summary>
    public Uri Http { get; private set; } = new("http://off");

    /// <summary>The process that runs now or ran last.</summary>
    public RunningProcess Process => _process ?? throw new InvalidOperationException($"node {number} was not started");

    /// <summary>Whether the process runs.</summary>
    public bool IsRunning => _process is { Exited.IsCompleted: false };

    /// <summary>Starts the process without waiting for it.</summary>
    public void Launch(params string[] more)
    {
        string[] command =
        [
            "dotnet", Assembly, "serve",
            "--bind", place.Kafka.Address.ToString(), "--port", place.Kafka.Port.ToString(CultureInfo.InvariantCulture),
            "--cluster-host", place.Cluster.Address.ToString(), "--cluster-port", place.Cluster.Port.ToString(CultureInfo.InvariantCulture),
            "--http-port", "off", "--data", Data,
            .. arguments,
            .. more,
        ];
        // ip becomes the program that it starts, so signals reach the node.
        _process = place.Namespace is { } name
            ? RunningProcess.Start("ip", ["netns", "exec", name, .. command])
            : RunningProcess.Start(command[0], command[1..]);
    }

    /// <summary>Waits until the node serves.</summary>
    public async Task WhenReadyAsync()
    {
        var ready = await Process.WaitForLineAsync(line => line.StartsWith("portask ready ", StringComparison.Ordinal), Patience);
        var node = ready.Split(' ').Single(word => word.StartsWith("node=", StringComparison.Ordinal));
        Http = new Uri("http://" + ready.Split(' ').Single(word => word.StartsWith("http=", StringComparison.Ordinal))["http=".Length..]);
        BrokerId = int.Parse(node.AsSpan("node=".Length), CultureInfo.InvariantCulture);
    }

    /// <summary>Starts the node, again if it ran before, and waits until it serves.</summary>
    public async Task StartAsync(params string[] more)
    {
        Launch(more);
        await WhenReadyAsync();
    }

    /// <summary>Ends the node without warning (SIGKILL).</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Ends the node as an operator does (SIGTERM), and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process.Terminate();
        await Process.Exited.WaitAsync(Patience);
        return Process.ExitCode;
    }

    /// <summary>Sends the process a signal by name, as STOP and CONT.</summary>
    public void Signal(string name)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{name}", Process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        place.Dispose();
    }
}
