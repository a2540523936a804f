using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>Time to the ready line and resident memory: of an empty directory, and of one with many partitions and much data.</summary>
internal static class StartFigures
{
    private const int Partitions = 1000;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(int megabytes, string[] settings)
    {
        Console.WriteLine("| data | ready after ms | resident MiB at ready | 5 s later |");
        Console.WriteLine("|---|---|---|---|");
        await using var broker = await BrokerProcess.StartAsync(null, settings);
        await PrintAsync("empty", broker);
        await AgainAsync(broker, "empty, second start");
        var topic = await LoadComparison.CreateAsync(broker.Bootstrap, Partitions);
        ProducerLoad.Run(new ClientConfig { BootstrapServers = broker.Bootstrap }, topic, Partitions, Acks.All, megabytes * 1024);
        await AgainAsync(broker, $"{Partitions} partitions, {megabytes} MiB, after SIGTERM");
        await broker.KillAsync();
        await broker.StartAgainAsync();
        await PrintAsync($"{Partitions} partitions, {megabytes} MiB, after SIGKILL", broker);
    }

    private static async Task AgainAsync(BrokerProcess broker, string what)
    {
        await broker.StopAsync();
        await broker.StartAgainAsync();
        await PrintAsync(what, broker);
    }

    private static async Task PrintAsync(string what, BrokerProcess broker)
    {
        var atReady = broker.Process.ResidentBytes;
        await Task.Delay(Settled);
        Console.WriteLine($"| {what} | {broker.StartTime.TotalMilliseconds:F0} | {atReady >> 20} | {broker.Process.ResidentBytes >> 20} |");
    }
}
