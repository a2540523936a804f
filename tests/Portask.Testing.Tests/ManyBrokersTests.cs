using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Confluent.Kafka;

namespace Portask.Testing.Tests;

/// <summary>Alone, since it counts what its process holds.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public class ManyBrokersTests
{
    private const int Brokers = 50;
    private const int WithConsumers = 10;

    [Fact]
    public async Task Fifty_brokers_run_side_by_side_and_leave_nothing_behind()
    {
        // What a process has for good comes with the first.
        await RunAsync(2);
        var (sockets, threads) = (OpenSockets(), Threads());

        var (ports, systems) = await RunAsync(Brokers);

        Assert.Equal(Brokers, ports.Distinct().Count());
        // Another program may have been given one of them meanwhile; a single listener that is left is among the sockets.
        var answers = await Task.WhenAll(ports.Select(ConnectAsync));
        Assert.InRange(answers.Count(answer => answer != SocketError.ConnectionRefused), 0, Brokers / 10);
        await ReachesAsync(() => OpenSockets() <= sockets, () => $"{OpenSockets()} sockets are open, {sockets} were before");
        // The thread pool has grown and gives its threads back in its own time; no broker may have one of its own.
        await ReachesAsync(() => Threads() < threads + Brokers, () => $"{Threads()} threads run, {threads} did before");
        await ReachesAsync(() => Alive(systems) < Brokers / 10, () => $"{Alive(systems)} actor systems are still held");
    }

    private static async Task<(List<int> Ports, List<WeakReference> Systems)> RunAsync(int count)
    {
        var brokers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => EmbeddedBroker.StartAsync(o => o.Topics.Add("topic" + i))));
        try
        {
            await Task.WhenAll(brokers.Select((broker, i) => Task.Run(() => UseAsync(broker, "topic" + i, consumes: i < WithConsumers))));
            // Each has its own topic and nothing of the others.
            for (var i = 0; i < count; i++)
                Assert.Equal(["topic" + i], brokers[i].Running.Node.Metadata.Topics.Select(topic => topic.Name));
            return ([.. brokers.Select(broker => int.Parse(broker.BootstrapServers.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture))], Systems(brokers));
        }
        finally
        {
            await Task.WhenAll(brokers.Select(broker => broker.DisposeAsync().AsTask()));
        }
    }

    private static async Task UseAsync(EmbeddedBroker broker, string topic, bool consumes)
    {
        using (var producer = broker.Producer())
        {
            for (var i = 0; i < 5; i++)
                await producer.ProduceAsync(topic, $"{topic}-{i}");
        }
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{topic}-{i}"), broker.Topic(topic).Records.Select(record => record.Value));
        if (!consumes)
            return;
        using var consumer = broker.Consumer("g");
        consumer.Subscribe(topic);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{topic}-{i}"), consumer.Take(5));
        consumer.Close();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> Systems(EmbeddedBroker[] brokers) => [.. brokers.Select(broker => new WeakReference(broker.System))];

    private static int Alive(List<WeakReference> systems)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return systems.Count(system => system.IsAlive);
    }

    private static async Task<SocketError> ConnectAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return SocketError.Success;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode;
        }
    }

    private static async Task ReachesAsync(Func<bool> condition, Func<string> failure)
    {
        var until = Environment.TickCount64 + (long)(2 * Clients.Patience).TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < until, failure());
            await Task.Delay(50);
        }
    }

    private static int OpenSockets() => !OperatingSystem.IsLinux() ? 0 :
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private static int Threads() => System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
}
