using System.Globalization;
using Portask.Broker.Metrics;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Hosting;
using Portask.Journal.Metrics;

namespace Portask.Http.Metrics;

/// <summary>Topics and partitions: what kafka_exporter shows, read from the read models, and what went in and out on this node.</summary>
internal static class TopicFamilies
{
    // Bridges label the same families by the client library that they use; what is counted here went through the broker itself.
    private static readonly (string Name, string Value) Counted = ("client_type", "broker");

    private static readonly string[] Numbers = [.. Enumerable.Range(0, 1000).Select(number => number.ToString(CultureInfo.InvariantCulture))];

    public static async ValueTask WriteAsync(MetricsText text, PortaskNode running, bool partitions, CancellationToken cancellation)
    {
        var topics = running.Broker.Node.Metadata.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        await WriteTrafficAsync(text, topics, cancellation);
        text.Gauge("kafka_topic_partitions", "Number of partitions for this Topic.");
        await EachAsync(text, topics, topic => text.Sample(topic.PartitionCount, ("topic", topic.Name)), cancellation);
        if (!partitions)
            return;
        var (local, node) = (running.Broker.Node.Partitions, running.Broker.Node);
        // One node has one replica of everything, whatever a topic was made with; asking for each would cost a scrape much.
        int Replicas(TopicMetadata topic, PartitionReader reader) =>
            node.IsClustered ? node.Leaders.OfLocal(topic, reader.Partition).Replicas.Length : topic.ReplicationFactor;
        int InSync(TopicMetadata topic, PartitionReader reader) =>
            node.IsClustered ? node.Leaders.OfLocal(topic, reader.Partition).InSync.Length : topic.ReplicationFactor;
        async ValueTask OfPartitionsAsync(string name, string help, Func<TopicMetadata, PartitionReader, double> of)
        {
            text.Gauge(name, help);
            await EachAsync(text, topics, topic => WritePartitions(text, local, topic, of), cancellation);
        }
        await OfPartitionsAsync("kafka_topic_partition_current_offset", "Current Offset of a Broker at Topic/Partition.", (_, reader) => reader.HighWatermark);
        await OfPartitionsAsync("kafka_topic_partition_oldest_offset", "Oldest Offset of a Broker at Topic/Partition.", (_, reader) => reader.LogStartOffset);
        await OfPartitionsAsync("kafka_topic_partition_leader", "Leader Broker ID of this Topic/Partition.", (_, _) => node.NodeId);
        await OfPartitionsAsync("kafka_topic_partition_leader_is_preferred", "1 if Topic/Partition is using the Preferred Broker.", (_, _) => 1);
        await OfPartitionsAsync("kafka_topic_partition_replicas", "Number of Replicas for this Topic/Partition.", (topic, reader) => Replicas(topic, reader));
        await OfPartitionsAsync("kafka_topic_partition_in_sync_replica", "Number of In-Sync Replicas for this Topic/Partition.", (topic, reader) => InSync(topic, reader));
        await OfPartitionsAsync(
            "kafka_topic_partition_under_replicated_partition", "1 if Topic/Partition is under Replicated.",
            (topic, reader) => InSync(topic, reader) < Replicas(topic, reader) ? 1 : 0);
        await OfPartitionsAsync("portask_partition_size_bytes", "Bytes of all batches of a partition.", (_, reader) => reader.SizeInBytes);
    }

    private static async ValueTask WriteTrafficAsync(MetricsText text, List<TopicMetadata> topics, CancellationToken cancellation)
    {
        async ValueTask CountAsync(string name, string help, Func<TopicMeter, long> of)
        {
            text.Counter(name, help);
            await EachAsync(text, topics, topic => text.Sample(of(topic.Meter), ("topic", topic.Name), Counted), cancellation);
        }
        async ValueTask TimeAsync(string name, string help, Func<TopicMeter, Histogram?> of)
        {
            text.Histogram(name, help);
            await EachAsync(text, topics, topic => WriteTime(text, topic, of(topic.Meter)), cancellation);
        }
        await CountAsync("portask_kafka_messages_produced_total", "Total number of messages produced to Kafka.", meter => meter.RecordsIn);
        await CountAsync("portask_kafka_messages_consumed_total", "Total number of messages consumed from Kafka.", meter => meter.RecordsOut);
        await CountAsync("portask_kafka_produced_bytes_total", "Bytes of batches produced to Kafka.", meter => meter.BytesIn);
        await CountAsync("portask_kafka_consumed_bytes_total", "Bytes of batches consumed from Kafka.", meter => meter.BytesOut);
        await TimeAsync("portask_kafka_produce_duration_seconds", "Time spent producing messages to Kafka.", meter => meter.ProduceTime);
        await TimeAsync("portask_kafka_consume_duration_seconds", "Time spent consuming messages from Kafka.", meter => meter.ConsumeTime);
    }

    private static void WriteTime(MetricsText text, TopicMetadata topic, Histogram? time)
    {
        if (time is not null)
            text.Sample(time, ("topic", topic.Name), Counted);
    }

    private static void WritePartitions(MetricsText text, LocalPartitions local, TopicMetadata topic, Func<TopicMetadata, PartitionReader, double> of)
    {
        for (var partition = 0; partition < topic.PartitionCount; partition++)
        {
            // One that runs elsewhere or has not started yet is not this node's to tell.
            if (local.Find(topic.Id, partition) is { } reader)
                text.Sample(of(topic, reader), ("topic", topic.Name), ("partition", partition < Numbers.Length ? Numbers[partition] : $"{partition}"));
        }
    }

    private static async ValueTask EachAsync(MetricsText text, List<TopicMetadata> topics, Action<TopicMetadata> write, CancellationToken cancellation)
    {
        foreach (var topic in topics)
        {
            write(topic);
            await text.FlushIfMuchAsync(cancellation);
        }
    }
}
