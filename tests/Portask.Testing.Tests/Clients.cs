using Confluent.Kafka;

namespace Portask.Testing.Tests;

/// <summary>Clients of one broker, as an application would make them.</summary>
internal static class Clients
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static IProducer<string, string> Producer(this EmbeddedBroker broker, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig { BootstrapServers = broker.BootstrapServers, ClientId = "producer", RetryBackoffMs = 10, LingerMs = 0 };
        configure?.Invoke(config);
        return new ProducerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public static IConsumer<string, string> Consumer(
        this EmbeddedBroker broker, string group, Action<ConsumerConfig>? configure = null, Action<ConsumerBuilder<string, string>>? handlers = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = group,
            ClientId = "consumer",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            HeartbeatIntervalMs = 50,
            RetryBackoffMs = 10,
            ReconnectBackoffMs = 10,
        };
        configure?.Invoke(config);
        var builder = new ConsumerBuilder<string, string>(config).SetLogHandler((_, _) => { });
        handlers?.Invoke(builder);
        return builder.Build();
    }

    public static Task<DeliveryResult<string, string>> ProduceAsync(this IProducer<string, string> producer, string topic, string value) =>
        producer.ProduceAsync(topic, new Message<string, string> { Key = value, Value = value });

    /// <summary>The next records, as many as are asked for.</summary>
    public static List<string> Take(this IConsumer<string, string> consumer, int count)
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        var values = new List<string>();
        while (values.Count < count && Environment.TickCount64 < until)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { Message: { } message })
                values.Add(message.Value);
        }
        return values;
    }

    /// <summary>Polls, which handlers need, until something is true.</summary>
    public static void PollUntil(this IConsumer<string, string> consumer, Func<bool> condition)
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < until, "what the consumer was to see did not come");
            consumer.Consume(TimeSpan.FromMilliseconds(20));
        }
    }
}
