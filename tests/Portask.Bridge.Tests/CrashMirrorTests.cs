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
    private const int Kills = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(3);

    private static int Records => int.Parse(Environment.GetEnvironmentVariable("PORTASK_MIRROR_RECORDS") ?? "60000", CultureInfo.InvariantCulture);

    private static bool IsLong => Records >= 500_000;

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task Records_survive_every_kill_of_either_side(Delivery delivery)
    {
        await using var kafka = await BrokerProcess.StartAsync();
        await using var portask = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(kafka.Bootstrap, Partitions);
        Fill(kafka.Bootstrap, topic);
        var config = TwoBrokers.ConfigOf(kafka, portask);
        config = config with { Mirror = config.Mirror with { ToPortask = [topic], Delivery = delivery, TransactionRecords = 5000 } };

        var watch = Stopwatch.StartNew();
        var kills = 0;
        await using (var copying = Copying.Start(config))
        {
            using var stop = new CancellationTokenSource();
            var killing = Task.Run(() => KillAsync([portask, kafka], copying.Bridge, stop.Token).ContinueWith(done => kills = done.Result, TaskScheduler.Default));
            await Until.TrueAsync(() => copying.Bridge.GetStats() is { Lag: 0 } stats && stats.Consumed >= Records, Patience);
            await stop.CancelAsync();
            await killing;
        }

        var copies = Read(portask.Bootstrap, $"copy.{topic}");
        output.WriteLine($"{delivery}: {Records} records, {kills} kills, {watch.Elapsed.TotalSeconds:F1} s, {copies.Sum(partition => partition.Count) - Records} copied again");
        Assert.InRange(kills, 2, int.MaxValue);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var expected = Enumerable.Range(0, Records).Select(number => (long)number).Where(number => number % Partitions == partition);
            // First occurrences: a stretch that is copied again repeats what was there, in its order.
            Assert.Equal(expected, delivery == Delivery.ExactlyOnce ? copies[partition] : copies[partition].Distinct());
            Assert.All(copies[partition].Zip(copies[partition].Skip(1)), pair => Assert.True(pair.Second <= pair.First + Partitions));
        }
    }

    private static async Task<int> KillAsync(BrokerProcess[] brokers, KafkaPortaskBridge bridge, CancellationToken stop)
    {
        var kills = 0;
        while (!stop.IsCancellationRequested)
        {
            if (IsLong)
                await Task.Delay(KillEvery, CancellationToken.None);
            else if (kills < Kills)
                await ReachedAsync(bridge, (long)Records * (kills + 1) / (Kills + 2));
            else
                return kills;
            var broker = brokers[kills++ % brokers.Length];
            await broker.KillAsync();
            await broker.StartAgainAsync();
        }
        return kills;
    }

    private static Task ReachedAsync(KafkaPortaskBridge bridge, long records) => Until.TrueAsync(() => bridge.GetStats().Consumed >= records, Patience);

    private static void Fill(string bootstrap, string topic)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrap,
            EnableIdempotence = true,
            LingerMs = 5,
            QueueBufferingMaxMessages = 2_000_000,
            EnableDeliveryReports = false,
        }).Build();
        var padding = new string('.', 100);
        for (var number = 0; number < Records; number++)
            producer.Produce(new TopicPartition(topic, number % Partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($"{number} {padding}") });
        Assert.Equal(0, producer.Flush(TimeSpan.FromMinutes(2)));
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
