using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Crash.Tests;

/// <summary>kill -9 under load: what was acknowledged with acks=all is there, once and in order.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Partitions = 4;

    // Of the fastest quarter of all starts: whatever else its two cores do makes a start slower, and never faster.
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(2);

    private static int Rounds =>
        int.Parse(Environment.GetEnvironmentVariable("PORTASK_CRASH_ROUNDS") ?? (ClientFactAttribute.InCi ? "20" : "5"), CultureInfo.InvariantCulture);

    [Fact]
    public async Task Acknowledged_records_survive_every_kill_once_and_in_order()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await CreateTopicAsync(broker, "crash", Partitions);
        var acknowledged = new ConcurrentDictionary<int, ConcurrentQueue<long>>();
        using var stop = new CancellationTokenSource();
        using var producer = Producer(broker);
        var load = Task.Run(() => Produce(producer, acknowledged, stop.Token));
        var starts = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            await AcknowledgedMoreAsync(acknowledged, Random.Shared.Next(1, 2000));
            await broker.KillAsync();
            await broker.StartAgainAsync();
            starts.Add(broker.StartTime);
        }
        await AcknowledgedMoreAsync(acknowledged, 1);
        await stop.CancelAsync();
        var sent = await load;
        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));

        var read = Consume(broker, "crash", Partitions);

        output.WriteLine($"{Rounds} kills, {sent} records, ready again after {starts.Average(start => start.TotalMilliseconds):F0} ms, at most {starts.Max().TotalMilliseconds:F0} ms");
        Assert.Equal(sent, acknowledged.Values.Sum(values => (long)values.Count));
        for (var partition = 0; partition < Partitions; partition++)
            Assert.Equal(acknowledged.GetValueOrDefault(partition, []).Order(), read[partition]);
        Assert.InRange(starts.Order().ElementAt(starts.Count / 4), TimeSpan.Zero, ReadyWithin);
    }

    [Theory]
    [InlineData("cut", 7)]
    [InlineData("flipped", 7)]
    public async Task A_damaged_tail_is_cut_and_what_is_before_it_is_served(string damage, int fromEnd)
    {
        await using var broker = await BrokerProcess.StartAsync();
        await CreateTopicAsync(broker, "torn", 1);
        await ProduceOneByOneAsync(broker, "torn", 20);
        await broker.KillAsync();
        Damage(NewestSegment(broker), damage, fromEnd);

        await broker.StartAgainAsync();

        Assert.Equal(Enumerable.Range(0, 19).Select(i => (long)i), Consume(broker, "torn", 1)[0]);
        await ProduceOneByOneAsync(broker, "torn", 1);
        Assert.Equal(20, Consume(broker, "torn", 1)[0].Count);
    }

    [Fact]
    public async Task A_flipped_bit_before_good_records_is_named_and_never_served()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await CreateTopicAsync(broker, "flipped", 1);
        await CreateTopicAsync(broker, "fine", 1);
        await ProduceOneByOneAsync(broker, "flipped", 20);
        await broker.KillAsync();
        var segment = NewestSegment(broker);
        Damage(segment, "flipped", (int)new FileInfo(segment).Length / 2);

        await broker.StartAgainAsync();

        using var consumer = Consumer(broker);
        consumer.Assign(new TopicPartitionOffset("flipped", 0, 0));
        for (var i = 0; i < 20; i++)
            Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(100)));
        await broker.Process.WaitForErrorAsync(line => line.Contains(Path.GetFileName(segment), StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        await ProduceOneByOneAsync(broker, "fine", 3);
        Assert.Equal(3, Consume(broker, "fine", 1)[0].Count);
    }

    private static IProducer<Null, string> Producer(BrokerProcess broker) => new ProducerBuilder<Null, string>(new ProducerConfig
    {
        BootstrapServers = broker.Bootstrap,
        EnableIdempotence = true,
        Acks = Acks.All,
        LingerMs = 2,
        MessageTimeoutMs = 120_000,
        RetryBackoffMs = 50,
        ReconnectBackoffMs = 50,
        ReconnectBackoffMaxMs = 200,
    }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    private static IConsumer<Ignore, string> Consumer(BrokerProcess broker) => new ConsumerBuilder<Ignore, string>(new ConsumerConfig
    {
        BootstrapServers = broker.Bootstrap,
        GroupId = "reader",
        EnableAutoCommit = false,
        EnablePartitionEof = true,
    }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    /// <summary>Sends numbers to the partitions in turn until told to stop, and gives how many.</summary>
    private static long Produce(
        IProducer<Null, string> producer, ConcurrentDictionary<int, ConcurrentQueue<long>> acknowledged, CancellationToken stop)
    {
        var next = 0L;
        while (!stop.IsCancellationRequested)
        {
            var number = next;
            try
            {
                producer.Produce(
                    new TopicPartition("crash", (int)(number % Partitions)),
                    new Message<Null, string> { Value = number.ToString(CultureInfo.InvariantCulture) },
                    report =>
                    {
                        if (report.Error.Code == ErrorCode.NoError)
                            acknowledged.GetOrAdd(report.Partition, _ => new()).Enqueue(number);
                    });
                next++;
            }
            catch (ProduceException<Null, string> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }
        return next;
    }

    private static async Task AcknowledgedMoreAsync(ConcurrentDictionary<int, ConcurrentQueue<long>> acknowledged, int more)
    {
        long Count() => acknowledged.Values.Sum(values => (long)values.Count);
        var goal = Count() + more;
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (Count() < goal)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{more} more records were not acknowledged within 60 s");
            await Task.Delay(1);
        }
    }

    private static async Task ProduceOneByOneAsync(BrokerProcess broker, string topic, int count)
    {
        using var producer = Producer(broker);
        for (var i = 0; i < count; i++)
            await producer.ProduceAsync(new TopicPartition(topic, 0), new Message<Null, string> { Value = i.ToString(CultureInfo.InvariantCulture) });
    }

    private static List<long>[] Consume(BrokerProcess broker, string topic, int partitions)
    {
        using var consumer = Consumer(broker);
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        var read = Enumerable.Range(0, partitions).Select(_ => new List<long>()).ToArray();
        for (var ended = 0; ended < partitions;)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(30));
            Assert.True(result is not null, $"nothing came for 30 s after {read.Sum(list => list.Count)} records");
            if (result.IsPartitionEOF)
                ended++;
            else
                read[result.Partition].Add(long.Parse(result.Message.Value, CultureInfo.InvariantCulture));
        }
        return read;
    }

    private static async Task CreateTopicAsync(BrokerProcess broker, string topic, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
    }

    private static string NewestSegment(BrokerProcess broker) => Directory
        .GetFiles(Path.Combine(broker.Data, "records"), "*.log", SearchOption.AllDirectories)
        .MaxBy(file => new FileInfo(file).Length)!;

    private static void Damage(string path, string damage, int fromEnd)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        if (damage == "cut")
        {
            file.SetLength(file.Length - fromEnd);
            return;
        }
        file.Position = file.Length - fromEnd;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }
}
