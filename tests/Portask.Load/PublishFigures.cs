using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;
using Portask.Bridge;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>1 KiB messages published by many at once, each waiting for its acknowledgement: by the bridge as either client, and by Confluent.Kafka alone.</summary>
internal static class PublishFigures
{
    private const int Partitions = 3;

    // The batching that the documentation shows for each client; acks of all for every row.
    private const string Sarama = """{ "producer": { "required_acks": "WaitForAll", "flush_frequency": "5ms" } }""";
    private const string KafkaGo = """{ "writer": { "required_acks": "RequireAll", "batch_timeout": "5ms", "batch_size": 1000, "balancer": "LeastBytes" } }""";

    public static async Task RunAsync(int messages, int publishers, string? bootstrap, string[] settings)
    {
        await using var broker = bootstrap is null ? await BrokerProcess.StartAsync(null, settings) : null;
        var address = bootstrap ?? broker!.Bootstrap;
        await PlainAsync(address, messages / 4, publishers);
        Console.WriteLine("| client | publishers | records/s | of plain |");
        Console.WriteLine("|---|---|---|---|");
        var plain = await PlainAsync(address, messages, publishers);
        Print("Confluent.Kafka", publishers, plain, plain);
        Print("bridge, sarama", publishers, await BridgeAsync(address, KafkaClientType.Sarama, messages, publishers), plain);
        Print("bridge, kafka-go", publishers, await BridgeAsync(address, KafkaClientType.KafkaGo, messages, publishers), plain);
    }

    private static async Task<Rate> PlainAsync(string address, int messages, int publishers)
    {
        var topic = await LoadComparison.CreateAsync(address, Partitions);
        var config = new ProducerConfig { BootstrapServers = address, Acks = Acks.All, LingerMs = 5 };
        using var producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        return await TimeAsync(messages, publishers, (value, stop) => producer.ProduceAsync(topic, new Message<Null, byte[]> { Value = value }, stop));
    }

    private static async Task<Rate> BridgeAsync(string address, string clientType, int messages, int publishers)
    {
        var topic = await LoadComparison.CreateAsync(address, Partitions);
        var config = KafkaIntegrationConfig.Default(clientType) with
        {
            BrokerAddresses = [address],
            Sarama = JsonDocument.Parse(Sarama).RootElement,
            KafkaGo = JsonDocument.Parse(KafkaGo).RootElement,
        };
        await using var bridge = KafkaPortaskBridge.Create(config, address, topic);
        return await TimeAsync(messages, publishers, (value, stop) => bridge.PublishToKafkaAsync(topic, value, stop));
    }

    private static async Task<Rate> TimeAsync(int messages, int publishers, Func<byte[], CancellationToken, Task> publish)
    {
        var value = new byte[ProducerLoad.RecordBytes];
        Random.Shared.NextBytes(value);
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, messages), new ParallelOptions { MaxDegreeOfParallelism = publishers }, async (_, stop) => await publish(value, stop));
        return new Rate(messages, watch.Elapsed);
    }

    private static void Print(string client, int publishers, Rate rate, Rate plain) =>
        Console.WriteLine($"| {client} | {publishers} | {rate.RecordsPerSecond:F0} | {rate.RecordsPerSecond / plain.RecordsPerSecond:F2} |");
}
