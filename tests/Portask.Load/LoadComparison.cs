using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>Runs the load with 1 and 16 partitions and acks of 1 and all, beside the mock, and prints rates and ratios.</summary>
internal static class LoadComparison
{
    private const string Header = "| partitions | acks | produce MB/s | records/s | mock MB/s | ratio | consume MB/s | records/s |";

    public static async Task RunAsync(int megabytes, string? bootstrap, string[] settings)
    {
        await using var broker = bootstrap is null ? await BrokerProcess.StartAsync(null, settings) : null;
        var address = bootstrap ?? broker!.Bootstrap;
        var records = megabytes * 1024;
        // JIT and page cache of the first run belong to neither side.
        ProducerLoad.Run(new ClientConfig { BootstrapServers = address }, await CreateAsync(address, 4), 4, Acks.Leader, records / 8);
        Console.WriteLine(Header);
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var partitions in new[] { 1, 16 })
            foreach (var acks in new[] { Acks.Leader, Acks.All })
                await CompareAsync(address, partitions, acks, records);
        if (broker is not null)
            Console.WriteLine($"broker resident: {broker.Process.ResidentBytes / 1024 / 1024} MiB");
    }

    private static async Task CompareAsync(string address, int partitions, Acks acks, int records)
    {
        var mock = ProducerLoad.Run(Mock(), "mock-topic", partitions, acks, records);
        var topic = await CreateAsync(address, partitions);
        var produced = ProducerLoad.Run(new ClientConfig { BootstrapServers = address }, topic, partitions, acks, records);
        var consumed = ConsumerLoad.Run(address, topic, partitions, records);
        Console.WriteLine(
            $"| {partitions} | {acks} | {produced.MegabytesPerSecond:F0} | {produced.RecordsPerSecond:F0} | {mock.MegabytesPerSecond:F0} "
            + $"| {produced.MegabytesPerSecond / mock.MegabytesPerSecond:F2} | {consumed.MegabytesPerSecond:F0} | {consumed.RecordsPerSecond:F0} |");
    }

    // The mock makes every topic with 4 partitions: one of them is used for 1, all of them for 16.
    private static ClientConfig Mock()
    {
        var config = new ClientConfig();
        config.Set("test.mock.num.brokers", "1");
        return config;
    }

    public static async Task<string> CreateAsync(string address, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address }).Build();
        var topic = $"load-{Guid.NewGuid():N}";
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return topic;
    }
}

/// <summary>How fast a run of 1 KiB records went.</summary>
internal readonly record struct Rate(int Records, TimeSpan Took)
{
    public double RecordsPerSecond => Records / Took.TotalSeconds;

    public double MegabytesPerSecond => RecordsPerSecond * ProducerLoad.RecordBytes / 1e6;
}
