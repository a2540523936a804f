using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Portask.Clients.Tests.Harness;

/// <summary>Confluent.Kafka clients of one broker, quiet unless a test asks them.</summary>
internal static class Librdkafka
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A setting, "none" for a transactional producer whose broker is killed: librdkafka 2.16 forgets a broker when the last one is down
    /// (KIP-899), and with it, for good, the coordinator of a transaction whose requests were under way.
    /// </summary>
    public const string Recovery = "metadata.recovery.strategy";

    public static IProducer<string, string> Producer(string bootstrap, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrap, LingerMs = 2 };
        configure?.Invoke(config);
        return new ProducerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public static ConsumerBuilder<string, string> Consumer(string bootstrap, string group, Action<ConsumerConfig>? configure = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            EnablePartitionEof = false,
            SessionTimeoutMs = 6000,
            HeartbeatIntervalMs = 500,
        };
        configure?.Invoke(config);
        return new ConsumerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { });
    }

    public static IAdminClient Admin(string bootstrap) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).SetLogHandler((_, _) => { }).Build();

    public static async Task<string> CreateTopicAsync(string bootstrap, int partitions, Dictionary<string, string>? configs = null)
    {
        var topic = BrokerFixture.NewName("topic");
        using var admin = Admin(bootstrap);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs }]);
        return topic;
    }

    public static async Task ProduceAsync(string bootstrap, string topic, int count, int partition = -1)
    {
        using var producer = Producer(bootstrap, config => config.Acks = Acks.All);
        var to = new TopicPartition(topic, partition < 0 ? Partition.Any : new Partition(partition));
        await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            producer.ProduceAsync(to, new Message<string, string> { Key = $"k{i}", Value = $"v{i}" })));
    }

    /// <summary>Waits until no transaction is open in a topic: the markers of the last one follow the answer to its commit.</summary>
    public static async Task WhenDecidedAsync(string bootstrap, string topic, int partitions)
    {
        using var committed = Consumer(bootstrap, "reader", config => config.IsolationLevel = IsolationLevel.ReadCommitted).Build();
        using var all = Consumer(bootstrap, "reader", config => config.IsolationLevel = IsolationLevel.ReadUncommitted).Build();
        for (var partition = new TopicPartition(topic, 0); partition.Partition.Value < partitions; partition = new(topic, partition.Partition.Value + 1))
        {
            Offset End(IConsumer<string, string> consumer) => consumer.QueryWatermarkOffsets(partition, Patience).High;
            for (var deadline = DateTime.UtcNow + Patience; End(committed) is var stable && stable != End(all);)
            {
                Assert.True(DateTime.UtcNow < deadline, $"a transaction is open from {stable} of {partition} on");
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Consumes until so many records came.</summary>
    public static List<ConsumeResult<string, string>> Read(IConsumer<string, string> consumer, int count)
    {
        var read = new List<ConsumeResult<string, string>>();
        while (read.Count < count)
        {
            var result = consumer.Consume(Patience);
            Assert.True(result is not null, $"nothing came for {Patience} after {read.Count} of {count} records");
            if (!result.IsPartitionEOF)
                read.Add(result);
        }
        return read;
    }
}
