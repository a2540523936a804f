using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Load;

/// <summary>What compaction takes and gives: keyed records of which one in a hundred is the last of its key, with a consumer that reads throughout.</summary>
internal static class CompactionFigures
{
    private const int SegmentBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    public static async Task RunAsync(int megabytes, string[] settings)
    {
        await using var broker = await BrokerProcess.StartAsync(null, ["portask.log.cleaner.backoff-ms=500", .. settings]);
        var topic = await CreateAsync(broker.Bootstrap);
        var records = megabytes * 1024;
        using var watched = new CancellationTokenSource();
        var memory = PeakAsync(broker, watched.Token);
        using var reading = new CancellationTokenSource();
        var consumer = Task.Run(() => Consume(broker.Bootstrap, topic, reading.Token));
        var atStart = broker.Process.ResidentBytes;
        ProducerLoad.RunKeyed(broker.Bootstrap, topic, records, distinct: Math.Max(1, records / 100));
        var (producedBytes, afterProducing) = (SizeOf(broker.Data), broker.Process.ResidentBytes);
        var watch = Stopwatch.StartNew();
        // From here on all of it is to be compacted: so far the ratio has kept compaction away.
        await BeginCompactionAsync(broker.Bootstrap, topic);
        var last = await SettledAsync(broker, watch);
        await reading.CancelAsync();
        await watched.CancelAsync();
        var (read, passes) = await consumer;
        Console.WriteLine($"records: {records} of 1 KiB with {Math.Max(1, records / 100)} keys");
        Console.WriteLine($"disk: {producedBytes >> 20} MiB before compaction, {SizeOf(broker.Data) >> 20} MiB after");
        Console.WriteLine($"compaction: {last.TotalSeconds:F1} s until the disk's use stood still");
        Console.WriteLine($"resident: {atStart >> 20} MiB before, {afterProducing >> 20} MiB after producing, {await memory >> 20} MiB at most");
        Console.WriteLine($"the consumer read {read} records in {passes} passes and found each key's last value in the last one");
    }

    private static async Task<string> CreateAsync(string address)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address }).Build();
        var topic = $"compact-{Guid.NewGuid():N}";
        await admin.CreateTopicsAsync([new TopicSpecification
        {
            Name = topic,
            NumPartitions = 1,
            ReplicationFactor = 1,
            Configs = new() { ["cleanup.policy"] = "compact", ["segment.bytes"] = $"{SegmentBytes}", ["min.cleanable.dirty.ratio"] = "1" },
        }]);
        return topic;
    }

    private static async Task BeginCompactionAsync(string address, string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address }).Build();
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        await admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] =
            [
                new ConfigEntry { Name = "min.cleanable.dirty.ratio", Value = "0.01", IncrementalOperation = AlterConfigOpType.Set },
                new ConfigEntry { Name = "segment.ms", Value = "1000", IncrementalOperation = AlterConfigOpType.Set },
            ],
        });
        ProducerLoad.RunKeyed(address, topic, 1, distinct: 1);
    }

    /// <summary>The time of the last change of the disk's use, once it has stood still for 15 s.</summary>
    private static async Task<TimeSpan> SettledAsync(BrokerProcess broker, Stopwatch watch)
    {
        var (size, at) = (SizeOf(broker.Data), watch.Elapsed);
        var first = size;
        while (watch.Elapsed < Patience && (size > first / 2 || watch.Elapsed - at < TimeSpan.FromSeconds(15)))
        {
            await Task.Delay(250);
            var now = SizeOf(broker.Data);
            if (Math.Abs(now - size) > 64 * 1024)
                (size, at) = (now, watch.Elapsed);
        }
        return at;
    }

    private static async Task<long> PeakAsync(BrokerProcess broker, CancellationToken end)
    {
        var peak = 0L;
        while (!end.IsCancellationRequested)
        {
            peak = Math.Max(peak, broker.Process.ResidentBytes);
            await Task.Delay(100, CancellationToken.None);
        }
        return peak;
    }

    /// <summary>Reads the topic from its start again and again, and checks at last that no value is older than it may be.</summary>
    private static (long Records, int Passes) Consume(string address, string topic, CancellationToken end)
    {
        var (records, passes) = (0L, 0);
        while (true)
        {
            var isLast = end.IsCancellationRequested;
            var found = new Dictionary<int, int>();
            var next = -1L;
            using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
            {
                BootstrapServers = address,
                GroupId = "compact",
                EnableAutoCommit = false,
                EnablePartitionEof = true,
            }).Build();
            consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
            while (consumer.Consume(TimeSpan.FromSeconds(60)) is { IsPartitionEOF: false } result)
            {
                if (result.Offset <= next)
                    throw new InvalidOperationException($"offset {result.Offset} came after {next}");
                next = result.Offset;
                found[BitConverter.ToInt32(result.Message.Key)] = BitConverter.ToInt32(result.Message.Value);
                records++;
            }
            passes++;
            if (!isLast)
                continue;
            var latest = found.Values.Max();
            var tooOld = found.Count(entry => entry.Value <= latest - found.Count && entry.Key != 0);
            if (tooOld > 0)
                throw new InvalidOperationException($"{tooOld} keys of {found.Count} do not have their last value");
            return (records, passes);
        }
    }

    private static long SizeOf(string folder)
    {
        var size = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                size += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Compaction has just put another in its place.
            }
        }
        return size;
    }
}
