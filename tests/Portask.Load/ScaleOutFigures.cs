using System.Globalization;
using Confluent.Kafka;
using Portask.Cluster.Tests.Harness;

namespace Portask.Load;

/// <summary>
/// One, two and three nodes over one PostgreSQL, in turns: throughput, and what a GiB of records costs each part, from which it can be
/// told where the bound is on other machines.
/// </summary>
internal static class ScaleOutFigures
{
    private const int Partitions = 12;
    private static readonly int[] Sizes = [1, 2, 3];

    public static async Task RunAsync(int megabytes, int rounds)
    {
        var all = Sizes.ToDictionary(nodes => nodes, _ => new List<Figures>());
        for (var round = 0; round < rounds; round++)
            foreach (var nodes in Sizes)
                all[nodes].Add(await MeasureAsync(nodes, megabytes));
        Console.WriteLine("| nodes | produce MB/s | consume MB/s | processor s/GiB produced: nodes | PostgreSQL | client | WAL bytes per byte | KiB per commit |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var (nodes, figures) in all)
        {
            string Median(Func<Figures, double> of, string format) =>
                figures.Select(of).Order().ElementAt(figures.Count / 2).ToString(format, CultureInfo.InvariantCulture);
            Console.WriteLine(
                $"| {nodes} | {Median(f => f.Produced, "F0")} | {Median(f => f.Consumed, "F0")} | {Median(f => f.NodeSeconds, "F1")} | {Median(f => f.DatabaseSeconds, "F1")} "
                + $"| {Median(f => f.ClientSeconds, "F1")} | {Median(f => f.WalFactor, "F2")} | {Median(f => f.CommitKib, "F0")} |");
        }
    }

    private static async Task<Figures> MeasureAsync(int nodes, int megabytes)
    {
        await using var database = await Database.StartAsync("127.0.0.1", "max_wal_size=8GB");
        await using var cluster = await TestCluster.StartOverAsync(database.ConnectionString, NodePlace.OnLoopback(nodes));
        var warm = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(warm);
        var target = new ClientConfig { BootstrapServers = cluster.Bootstrap };
        ProducerLoad.Run(target, warm, Partitions, Acks.All, megabytes * 128);
        var topic = await cluster.CreateTopicAsync(Partitions);
        await cluster.WhenLedAsync(topic);

        var before = await CostsAsync(cluster, database);
        var produced = ProducerLoad.Run(target, topic, Partitions, Acks.All, megabytes * 1024);
        var costs = await CostsAsync(cluster, database) - before;
        var consumed = ConsumerLoad.Run(cluster.Bootstrap, topic, Partitions, megabytes * 1024);
        var gib = megabytes / 1024d;
        return new(
            produced.MegabytesPerSecond, consumed.MegabytesPerSecond, costs.Nodes.TotalSeconds / gib, costs.Database.TotalSeconds / gib,
            costs.Client.TotalSeconds / gib, costs.WalBytes / (megabytes * 1024d * 1024d), megabytes * 1024d / costs.Commits);
    }

    private static async Task<Costs> CostsAsync(TestCluster cluster, Database database)
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        var wal = await database.AskAsync("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
        var commits = await database.AskAsync("SELECT sum(xact_commit) FROM pg_stat_database");
        return new(
            TimeSpan.FromTicks(cluster.Nodes.Sum(node => node.Process.ProcessorTime.Ticks)), database.ProcessorTime, self.TotalProcessorTime,
            decimal.Parse(wal, CultureInfo.InvariantCulture), long.Parse(commits, CultureInfo.InvariantCulture));
    }

    private sealed record Costs(TimeSpan Nodes, TimeSpan Database, TimeSpan Client, decimal WalBytesTotal, long Commits)
    {
        public double WalBytes => (double)WalBytesTotal;

        public static Costs operator -(Costs after, Costs before) => new(
            after.Nodes - before.Nodes, after.Database - before.Database, after.Client - before.Client,
            after.WalBytesTotal - before.WalBytesTotal, after.Commits - before.Commits);
    }

    private readonly record struct Figures(
        double Produced, double Consumed, double NodeSeconds, double DatabaseSeconds, double ClientSeconds, double WalFactor, double CommitKib);
}
