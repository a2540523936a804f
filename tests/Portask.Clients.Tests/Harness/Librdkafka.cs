using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Portask.Clients.Tests.Harness;

/// <summary>Confluent.Kafka clients of one broker, quiet unless a test asks them.</summary>
internal static class Librdkafka
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long the broker holds the fetch of a reader that stops at the end: only one that brought nothing tells it of the end.</summary>
    public const int WaitAtEndMs = 20;

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
