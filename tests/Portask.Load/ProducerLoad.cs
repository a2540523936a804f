using System.Diagnostics;
using Confluent.Kafka;

namespace Portask.Load;

/// <summary>One librdkafka producer that sends 1 KiB records as fast as they are acknowledged.</summary>
internal static class ProducerLoad
{
    public const int RecordBytes = 1024;

    public static Rate Run(ClientConfig target, string topic, int partitions, Acks acks, int records)
    {
        var config = new ProducerConfig(target)
        {
            Acks = acks,
            LingerMs = 5,
            BatchSize = 1024 * 1024,
            QueueBufferingMaxMessages = 200_000,
            QueueBufferingMaxKbytes = 512 * 1024,
            EnableDeliveryReports = false,
        };
        var value = new byte[RecordBytes];
        Random.Shared.NextBytes(value);
        var message = new Message<Null, byte[]> { Value = value };
        using var producer = new ProducerBuilder<Null, byte[]>(config)
            .SetErrorHandler((_, error) => Console.Error.WriteLine($"{topic}: {error.Reason}"))
            .SetLogHandler((_, _) => { })
            .Build();
        var to = new TopicPartition(topic, partitions == 1 ? new Partition(0) : Partition.Any);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < records; i++)
            Send(producer, to, message);
        var left = producer.Flush(TimeSpan.FromMinutes(2));
        if (left > 0)
            throw new InvalidOperationException($"{left} records of {records} were not acknowledged");
        return new Rate(records, watch.Elapsed);
    }

    /// <summary>Sends records of which each key comes again after all others; the value begins with the record's number.</summary>
    public static void RunKeyed(string address, string topic, int records, int distinct)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = address,
            LingerMs = 5,
            BatchSize = 256 * 1024,
            QueueBufferingMaxKbytes = 64 * 1024,
            EnableDeliveryReports = false,
        };
        using var producer = new ProducerBuilder<byte[], byte[]>(config).Build();
        var to = new TopicPartition(topic, 0);
        for (var i = 0; i < records; i++)
        {
            var value = new byte[RecordBytes];
            Random.Shared.NextBytes(value);
            BitConverter.TryWriteBytes(value, i);
            Send(producer, to, new Message<byte[], byte[]> { Key = BitConverter.GetBytes(i % distinct), Value = value });
        }
        if (producer.Flush(TimeSpan.FromMinutes(10)) is var left and > 0)
            throw new InvalidOperationException($"{left} records of {records} were not acknowledged");
    }

    private static void Send<TKey>(IProducer<TKey, byte[]> producer, TopicPartition to, Message<TKey, byte[]> message)
    {
        while (true)
        {
            try
            {
                producer.Produce(to, message);
                return;
            }
            catch (ProduceException<TKey, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                // Delivery reports are off, so nothing is served here: it waits until the queue has room.
                producer.Poll(TimeSpan.FromMilliseconds(1));
            }
        }
    }
}
