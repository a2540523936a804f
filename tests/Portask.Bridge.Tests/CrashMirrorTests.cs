using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Bridge.Tests;

/// <summary>
/// kill -9 of one side and then the other while records are copied: nothing is lost, partitions keep their order, and with
/// exactly-once nothing comes twice. PORTASK_MIRROR_RECORDS=1000000 is the long version.
/// </summary>
public sealed class CrashMirrorTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Kills = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(2);

    private static int Records => int.Parse(Environment.GetEnvironmentVariable("PORTASK_MIRROR_RECORDS") ?? "40000", CultureInfo.InvariantCulture);

    private static bool IsLong => Records >= 500_000;

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task Records_survive_every_kill_of_either_side(Delivery delivery)
    {
        await using var kafka = await BrokerProcess.StartAsync();
        await using var portask = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(kafka.Bootstrap, Partitions);
        using var filler = Producer(kafka.Bootstrap);
        var config = TwoBrokers.ConfigOf(kafka, portask);
        config = config with { Mirror = config.Mirror with { ToPortask = [topic], Delivery = delivery, TransactionRecords = 5000 } };

        var watch = Stopwatch.StartNew();
        var kills = 0;
        await using (var copying = Copying.Start(config))
        {
            using var stop = new CancellationTokenSource();
            copying.Bridge.Logged += line => output.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s: {line}");
            var killing = Task.Run(() => KillAsync([portask, kafka], copying.Bridge, filler, topic, stop.Token));
            await Until.TrueAsync(() => copying.Bridge.GetStats() is { Lag: 0 } stats && stats.Consumed >= Records, Patience);
            await stop.CancelAsync();
            kills = await killing;
            // Records that are copied again count too, so all of these may have come before the last ones were there to be copied.
            await Until.TrueAsync(() => Read(portask.Bootstrap, $"copy.{topic}").Sum(partition => partition.Distinct().Count()) == Records, Patience);
        }

        var copies = Read(portask.Bootstrap, $"copy.{topic}");
        output.WriteLine($"{delivery}: {Records} records, {kills} kills, {watch.Elapsed.TotalSeconds:F1} s, {copies.Sum(partition => partition.Count) - Records} copied again");
        Assert.InRange(kills, IsLong ? 2 : Kills, int.MaxValue);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var expected = Enumerable.Range(0, Records).Select(number => (long)number).Where(number => number % Partitions == partition);
            // First occurrences: a stretch that is copied again repeats what was there, in its order.
            Assert.Equal(expected, delivery == Delivery.ExactlyOnce ? copies[partition] : copies[partition].Distinct());
            Assert.All(copies[partition].Zip(copies[partition].Skip(1)), pair => Assert.True(pair.Second <= pair.First + Partitions));
        }
    }

    // In the short version records come in portions, so that each kill meets some on their way.
    private static async Task<int> KillAsync(BrokerProcess[] brokers, KafkaPortaskBridge bridge, IProducer<Null, byte[]> filler, string topic, CancellationToken stop)
    {
        var kills = 0;
        var portion = IsLong ? Records : Records / (Kills + 1);
        Fill(filler, topic, 0, portion);
        while (!stop.IsCancellationRequested && (IsLong || kills < Kills))
        {
            if (IsLong)
                await Task.Delay(KillEvery, CancellationToken.None);
            else
                await Until.TrueAsync(() => bridge.GetStats().Consumed >= (kills * portion) + (portion / 3), Patience);
            var broker = brokers[kills++ % brokers.Length];
            await broker.KillAsync();
            if (!IsLong)
                Fill(filler, topic, kills * portion, kills == Kills ? Records : (kills + 1) * portion);
            await broker.StartAgainAsync();
        }
        return kills;
    }

    private static IProducer<Null, byte[]> Producer(string bootstrap) => new ProducerBuilder<Null, byte[]>(new ProducerConfig
    {
        BootstrapServers = bootstrap,
        EnableIdempotence = true,
        LingerMs = 5,
        QueueBufferingMaxMessages = 2_000_000,
        EnableDeliveryReports = false,
        ReconnectBackoffMs = 50,
        ReconnectBackoffMaxMs = 200,
    }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    private static void Fill(IProducer<Null, byte[]> producer, string topic, int from, int to)
    {
        var padding = new string('.', 100);
        for (var number = from; number < to; number++)
            producer.Produce(new TopicPartition(topic, number % Partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($"{number} {padding}") });
    }

    private static List<long>[] Read(string bootstrap, string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        var read = Enumerable.Range(0, Partitions).Select(_ => new List<long>()).ToArray();
        for (var ended = 0; ended < Partitions;)
        {
            var result = consumer.Consume(Librdkafka.Patience);
            Assert.True(result is not null, $"nothing came after {read.Sum(list => list.Count)} records");
            if (result.IsPartitionEOF)
                ended++;
            else
                read[result.Partition].Add(long.Parse(result.Message.Value.AsSpan(0, result.Message.Value.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
        }
        return read;
    }
}
