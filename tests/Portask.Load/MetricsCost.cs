using System.Globalization;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>
/// What metrics cost: the same producer against a broker without HTTP and one that is scraped every second, in turns, so that
/// whatever else the machine does falls on both.
/// </summary>
internal static class MetricsCost
{
    private const int Partitions = 4;

    /// <param name="baseline">The portask.dll of another build to compare with, such as one from before there were metrics.</param>
    public static async Task RunAsync(int megabytes, int rounds, string? baseline)
    {
        await using var without = await BrokerProcess.StartBuildAsync(baseline ?? Repository.BrokerAssembly);
        await using var with = await BrokerProcess.StartAsync(null, "portask.http.port=0");
        using var stop = new CancellationTokenSource();
        var scraping = ScrapeAsync(with.Http, stop.Token);
        await ProduceAsync(without, megabytes);
        await ProduceAsync(with, megabytes);
        var rates = new List<double>();
        var times = new List<double>();
        Console.WriteLine("| round | without MB/s | with MB/s | ratio | without CPU ms/MB | with CPU ms/MB | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        for (var round = 1; round <= rounds; round++)
        {
            // Who goes second finds the page cache as the first one left it, so they take turns in that too.
            var first = await ProduceAsync(round % 2 == 1 ? without : with, megabytes);
            var second = await ProduceAsync(round % 2 == 1 ? with : without, megabytes);
            var (off, on) = round % 2 == 1 ? (first, second) : (second, first);
            rates.Add(on.Rate / off.Rate);
            times.Add(on.Cpu / off.Cpu);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {round} | {off.Rate:F0} | {on.Rate:F0} | {rates[^1]:F3} | {off.Cpu:F2} | {on.Cpu:F2} | {times[^1]:F3} |"));
        }
        await stop.CancelAsync();
        var scrapes = await scraping;
        Console.WriteLine($"throughput with/without: {Summary(rates)}; processor time of the broker: {Summary(times)}; {scrapes} scrapes");
    }

    private static string Summary(List<double> ratios)
    {
        ratios.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"median {ratios[ratios.Count / 2]:F3}, geometric mean {Math.Exp(ratios.Average(Math.Log)):F3}");
    }

    /// <summary>Megabytes a second, and the processor time that the broker took for each, which other load on the machine disturbs less.</summary>
    private static async Task<(double Rate, double Cpu)> ProduceAsync(BrokerProcess broker, int megabytes)
    {
        var topic = await LoadComparison.CreateAsync(broker.Bootstrap, Partitions);
        var before = broker.Process.ProcessorTime;
        var rate = ProducerLoad.Run(new ClientConfig { BootstrapServers = broker.Bootstrap }, topic, Partitions, Acks.Leader, megabytes * 1024);
        return (rate.MegabytesPerSecond, (broker.Process.ProcessorTime - before).TotalMilliseconds / megabytes);
    }

    private static async Task<int> ScrapeAsync(Uri http, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = http };
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var scrapes = 0;
        try
        {
            for (; await timer.WaitForNextTickAsync(stop); scrapes++)
                await client.GetByteArrayAsync("metrics", stop);
        }
        catch (OperationCanceledException)
        {
            // The last round is over.
        }
        return scrapes;
    }
}
