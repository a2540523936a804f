using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>
/// What looking at a broker costs: the same producer against a broker without HTTP and against others that are looked at, one after
/// the other in each round and in another order each time, so that whatever else the machine does falls on all of them.
/// </summary>
/// <param name="megabytes">Of each run.</param>
/// <param name="scrapeEvery">How often the scraped one is scraped.</param>
internal sealed class MetricsCost(int megabytes, TimeSpan scrapeEvery)
{
    private const int Partitions = 4;
    private const string Off = "off";

    /// <summary>Ways to look that can be asked for.</summary>
    public static readonly string[] Ways = ["scraped", "console", "tail"];

    private int Records => megabytes * 1024;

    /// <param name="ways">Some of <see cref="Ways"/>.</param>
    /// <param name="baseline">The portask.dll of another build to compare with, such as one from before there were metrics.</param>
    public async Task RunAsync(string[] ways, int rounds, string? baseline)
    {
        var brokers = new Dictionary<string, BrokerProcess>();
        try
        {
            brokers[Off] = await BrokerProcess.StartBuildAsync(baseline ?? Repository.BrokerAssembly);
            foreach (var way in ways)
                brokers[way] = await BrokerProcess.StartAsync(null, "portask.http.port=0");
            // JIT and page cache of the first run belong to no side.
            foreach (var (way, broker) in brokers)
                await MeasureAsync(way, broker);
            await CompareAsync(brokers, ways, rounds);
        }
        finally
        {
            foreach (var broker in brokers.Values)
                await broker.DisposeAsync();
        }
    }

    private async Task CompareAsync(Dictionary<string, BrokerProcess> brokers, string[] ways, int rounds)
    {
        var found = ways.ToDictionary(way => way, _ => (Rate: new PairedRatios(), Cpu: new PairedRatios(), Answers: 0));
        var order = brokers.Keys.ToArray();
        Console.WriteLine("| round | HTTP | MB/s | to off | CPU s per million records | to off | answers |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        for (var round = 1; round <= rounds; round++)
        {
            // Who goes second finds the page cache and the disk as the first one left them.
            Random.Shared.Shuffle(order);
            var taken = new Dictionary<string, Measurement>();
            foreach (var way in order)
                taken[way] = await MeasureAsync(way, brokers[way]);
            var off = taken[Off];
            foreach (var (way, one) in taken.OrderBy(one => Array.IndexOf(ways, one.Key)))
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {round} | {way} | {one.Rate:F0} | {one.Rate / off.Rate:F3} | {one.Cpu:F3} | {one.Cpu / off.Cpu:F3} | {one.Answers} |"));
            foreach (var way in ways)
            {
                var (rate, cpu, answers) = found[way];
                rate.Add(taken[way].Rate, off.Rate);
                cpu.Add(taken[way].Cpu, off.Cpu);
                found[way] = (rate, cpu, answers + taken[way].Answers);
            }
        }
        foreach (var (way, (rate, cpu, answers)) in found)
            Console.WriteLine($"{way} to off, {rounds} rounds: throughput {rate}; processor time {cpu}; {answers} answers");
    }

    private async Task<Measurement> MeasureAsync(string way, BrokerProcess broker)
    {
        var topic = await LoadComparison.CreateAsync(broker.Bootstrap, Partitions);
        await using var onlooker = way switch
        {
            "scraped" => Onlooker.Scraping(broker.Http, scrapeEvery),
            "console" => Onlooker.WithConsole(broker.Http, topic),
            "tail" => Onlooker.Following(broker.Http, topic, Partitions),
            _ => null,
        };
        var before = broker.Process.ProcessorTime;
        var rate = ProducerLoad.Run(new ClientConfig { BootstrapServers = broker.Bootstrap }, topic, Partitions, Acks.Leader, Records);
        var took = broker.Process.ProcessorTime - before;
        var answers = onlooker is null ? 0 : await onlooker.StopAsync();
        // What is kept would fill the disk long before the last round.
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();
        await admin.DeleteTopicsAsync([topic]);
        return new(rate.MegabytesPerSecond, took.TotalSeconds / Records * 1e6, answers);
    }

    /// <param name="Rate">Megabytes a second.</param>
    /// <param name="Cpu">Seconds of the broker's processor time for a million records, which other load on the machine disturbs less.</param>
    private readonly record struct Measurement(double Rate, double Cpu, int Answers);
}
