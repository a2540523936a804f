using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>
/// What looking at a broker costs: the same producer against a broker that is looked at in one run and not in another, in another
/// order in each round, so that whatever else the machine does falls on all of them. It is the same process, because two of the same
/// program differ by more than is looked for here, for as long as they live: what listening costs can be compared with another process
/// only, so these are started anew every few rounds, and what such a set of processes gave together is one sample.
/// </summary>
/// <param name="megabytes">Of each run.</param>
/// <param name="lookEvery">From one scrape to the next, and from one load of a page to the next.</param>
/// <param name="roundsEach">Rounds of one set of processes.</param>
internal sealed class MetricsCost(int megabytes, TimeSpan lookEvery, int roundsEach)
{
    private const int Partitions = 4;
    private const string Off = "off";
    private const string OffAgain = "off-again";
    private const string Unwatched = "unwatched";

    /// <summary>Ways to look, each compared with a run in which nobody does.</summary>
    public static readonly string[] Looks = ["scraped", "console", "tail"];

    /// <summary>Processes that do not listen, two of them to show what processes differ by.</summary>
    public static readonly string[] Processes = [Off, OffAgain];

    // Methods are compiled for good once they were called 30 times: a look costs several times as much before that.
    private const int LooksToWarm = 50;

    private int Records => megabytes * 1024;

    /// <param name="ways">
    /// Some of <see cref="Looks"/> or of <see cref="Processes"/>: not of both, because the process that runs more often is the warmer one.
    /// </param>
    /// <param name="sets">How often all brokers are started anew.</param>
    /// <param name="baseline">The portask.dll of another build to compare with, such as one from before there were metrics.</param>
    public async Task RunAsync(string[] ways, int sets, string? baseline)
    {
        string[] measured = [Unwatched, .. ways];
        var found = ways.ToDictionary(way => way, _ => new Ratios());
        Console.WriteLine("| set | round | way | MB/s | to unwatched | CPU s per million records | to unwatched | answers |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var set = 1; set <= sets; set++)
        {
            await RunSetAsync(set, measured, baseline, found);
            foreach (var way in ways.Intersect(Processes))
                found[way].EndSample();
        }
        foreach (var (way, ratios) in found)
            Console.WriteLine($"{way} to {Unwatched}, {sets} sets of {roundsEach} rounds: {ratios}");
    }

    private async Task RunSetAsync(int set, string[] measured, string? baseline, Dictionary<string, Ratios> found)
    {
        var brokers = new Dictionary<string, BrokerProcess>();
        try
        {
            foreach (var process in measured.Select(ProcessOf).Distinct().OrderBy(_ => Random.Shared.Next()))
                brokers[process] = process == Unwatched
                    ? await BrokerProcess.StartAsync(null, "portask.http.port=0")
                    : await BrokerProcess.StartBuildAsync(baseline ?? Repository.BrokerAssembly);
            // JIT and page cache of the first run belong to no side.
            foreach (var way in measured)
                await MeasureAsync(way, brokers[ProcessOf(way)], LooksToWarm);
            var order = measured.ToArray();
            for (var round = 1; round <= roundsEach; round++)
            {
                // Who goes second finds the page cache and the disk as the first one left them.
                Random.Shared.Shuffle(order);
                var taken = new Dictionary<string, Measurement>();
                foreach (var way in order)
                    taken[way] = await MeasureAsync(way, brokers[ProcessOf(way)], looksBefore: 0);
                Print($"{set} | {round}", measured, taken);
                foreach (var (way, ratios) in found)
                    ratios.Add(taken[way], taken[Unwatched], isSample: ProcessOf(way) == Unwatched);
            }
        }
        finally
        {
            foreach (var broker in brokers.Values)
                await broker.DisposeAsync();
        }
    }

    private static string ProcessOf(string way) => Processes.Contains(way) ? way : Unwatched;

    private static void Print(string round, string[] measured, Dictionary<string, Measurement> taken)
    {
        foreach (var way in measured)
        {
            var (one, other) = (taken[way], taken[Unwatched]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {round} | {way} | {one.Rate:F0} | {one.Rate / other.Rate:F3} | {one.Cpu:F3} | {one.Cpu / other.Cpu:F3} | {one.Answers} |"));
        }
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

    private sealed class Ratios
    {
        private readonly PairedRatios _rate = new();
        private readonly PairedRatios _cpu = new();

        public void Add(Measurement of, Measurement to, bool isSample)
        {
            _rate.Add(of.Rate, to.Rate);
            _cpu.Add(of.Cpu, to.Cpu);
            if (isSample)
                EndSample();
        }

        public void EndSample()
        {
            _rate.EndSample();
            _cpu.EndSample();
        }

        public override string ToString() => $"throughput {_rate}; processor time {_cpu}";
    }

    /// <param name="Rate">Megabytes a second.</param>
    /// <param name="Cpu">Seconds of the broker's processor time for a million records, which other load on the machine disturbs less.</param>
    private readonly record struct Measurement(double Rate, double Cpu, int Answers);
}
