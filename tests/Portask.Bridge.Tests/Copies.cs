using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary>Reads topics as bytes, to compare a copy with its original.</summary>
internal static class Copies
{
    /// <summary>All committed records of a topic, partition by partition in order.</summary>
    public static List<ConsumeResult<byte[]?, byte[]?>> ReadAll(string bootstrap, string topic, int partitions)
    {
        using var consumer = Consumer(bootstrap, topic, partitions);
        var records = new List<ConsumeResult<byte[]?, byte[]?>>();
        for (var ended = 0; ended < partitions;)
        {
            var result = consumer.Consume(Librdkafka.Patience);
            Assert.True(result is not null, $"nothing came after {records.Count} records of {topic}");
            if (result.IsPartitionEOF)
                ended++;
            else
                records.Add(result);
        }
        return [.. records.OrderBy(record => record.Partition.Value).ThenBy(record => record.Offset.Value)];
    }

    /// <summary>Records of a topic as they come, until there are so many.</summary>
    public static List<ConsumeResult<byte[]?, byte[]?>> Await(string bootstrap, string topic, int partitions, int count)
    {
        using var consumer = Consumer(bootstrap, topic, partitions);
        var records = new List<ConsumeResult<byte[]?, byte[]?>>();
        var deadline = DateTime.UtcNow.AddMinutes(2);
        while (records.Count < count)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{records.Count} of {count} records of {topic} came");
            if (consumer.Consume(TimeSpan.FromSeconds(1)) is { IsPartitionEOF: false } record)
                records.Add(record);
        }
        return [.. records.OrderBy(record => record.Partition.Value).ThenBy(record => record.Offset.Value)];
    }

    private static IConsumer<byte[]?, byte[]?> Consumer(string bootstrap, string topic, int partitions)
    {
        var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AllowAutoCreateTopics = false,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        return consumer;
    }
}
