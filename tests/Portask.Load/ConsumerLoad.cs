using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Load;

/// <summary>One librdkafka consumer that reads a topic from its start.</summary>
internal static class ConsumerLoad
{
    public static Rate Run(string address, string topic, int partitions, int records)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = address,
            GroupId = "load",
            EnableAutoCommit = false,
            FetchMaxBytes = 50 * 1024 * 1024,
            MaxPartitionFetchBytes = 8 * 1024 * 1024,
            QueuedMaxMessagesKbytes = 256 * 1024,
        };
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        var watch = Stopwatch.StartNew();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        for (var read = 0; read < records; read++)
            if (consumer.Consume(TimeSpan.FromSeconds(30)) is null)
                throw new InvalidOperationException($"nothing came for 30 s after {read} of {records} records");
        var took = watch.Elapsed;
        consumer.Close();
        return new Rate(records, took);
    }
}
