using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>
/// What looking at a broker costs: the same producer against a broker without HTTP and against others that are looked at, one after
/// the other in each round and in another order each time, so that whatever else the machine does falls on all of them. Two
/// processes of the same program differ by more than is looked for here, for as long as they live: so all are started anew every few
/// rounds, and what such a set of processes gave together is one sample.
/// </summary>
/// <param name="megabytes">Of each run.</param>
/// <param name="lookEvery">From one scrape to the next, and from one load of a page to the next.</param>
/// <param name="roundsEach">Rounds of one set of processes.</param>
internal sealed class MetricsCost(int megabytes, TimeSpan lookEvery, int roundsEach)
{
    private const int Partitions = 4;
    private const string Off = "off";
    private const string OffAgain = "off-again";

    /// <summary>Ways to look that can be asked for; the first two show what the measurement itself scatters by, and what listening costs.</summary>
    public static readonly string[] Ways = [OffAgain, "unwatched", "scraped", "console", "tail"];

    // Methods are compiled for good once they were called 30 times: a look costs several times as much before that.
    private const int LooksToWarm = 50;

    private int Records => megabytes * 1024;

    /// <param name="ways">Some of <see cref="Ways"/>.</param>
    /// <param name="sets">How often all brokers are started anew.</param>
    /// <param name="baseline">The portask.dll of another build to compare with, such as one from before there were metrics.</param>
    public async Task RunAsync(string[] ways, int sets, string? baseline)
    {
        var found = ways.ToDictionary(way => way, _ => (Rate: new PairedRatios(), Cpu: new PairedRatios()));
        Console.WriteLine("| set | round | HTTP | MB/s | to off | CPU s per million records | to off | answers |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var set = 1; set <= sets; set++)
        {
            await RunSetAsync(set, ways, baseline, found);
            foreach (var (rate, cpu) in found.Values)
            {
                rate.EndSample();
                cpu.EndSample();
            }
        }
        foreach (var (way, (rate, cpu)) in found)
            Console.WriteLine($"{way} to off, {sets} sets of {roundsEach} rounds: throughput {rate}; processor time {cpu}");
    }

    private async Task RunSetAsync(int set, string[] ways, string? baseline, Dictionary<string, (PairedRatios Rate, PairedRatios Cpu)> found)
    {
        string[] order = [Off, .. ways];
        Random.Shared.Shuffle(order);
        var brokers = new Dictionary<string, BrokerProcess>();
        try
        {
            foreach (var way in order)
                brokers[way] = way is Off or OffAgain
                    ? await BrokerProcess.StartBuildAsync(baseline ?? Repository.BrokerAssembly)
                    : await BrokerProcess.StartAsync(null, "portask.http.port=0");
            // JIT and page cache of the first run belong to no side.
            foreach (var (way, broker) in brokers)
                await MeasureAsync(way, broker, LooksToWarm);
            for (var round = 1; round <= roundsEach; round++)
            {
                // Who goes second finds the page cache and the disk as the first one left them.
                Random.Shared.Shuffle(order);
                var taken = new Dictionary<string, Measurement>();
                foreach (var way in order)
                    taken[way] = await MeasureAsync(way, brokers[way], looksBefore: 0);
                Print($"{set} | {round}", ways, taken);
                foreach (var (way, (rate, cpu)) in found)
                {
                    rate.Add(taken[way].Rate, taken[Off].Rate);
                    cpu.Add(taken[way].Cpu, taken[Off].Cpu);
                }
            }
        }
        finally
        {
            foreach (var broker in brokers.Values)
                await broker.DisposeAsync();
        }
    }

    private static void Print(string round, string[] ways, Dictionary<string, Measurement> taken)
    {
        var off = taken[Off];
        foreach (var (way, one) in taken.OrderBy(one => Array.IndexOf(ways, one.Key)))
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {round} | {way} | {one.Rate:F0} | {one.Rate / off.Rate:F3} | {one.Cpu:F3} | {one.Cpu / off.Cpu:F3} | {one.Answers} |"));
    }

    private async Task<Measurement> MeasureAsync(string way, BrokerProcess broker, int looksBefore)
    {
        var topic = await LoadComparison.CreateAsync(broker.Bootstrap, Partitions);
        await using var onlooker = way switch
        {
            "scraped" => Onlooker.Scraping(broker.Http, lookEvery),
            "console" => Onlooker.WithConsole(broker.Http, topic, lookEvery),
            "tail" => Onlooker.Following(broker.Http, topic, Partitions),
            _ => null,
        };
        if (onlooker is not null)
            await onlooker.StartAsync(looksBefore);
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
