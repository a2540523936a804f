using System.Text;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary>The bridge as its documentation uses it, with one Portask for both sides.</summary>
public sealed class BridgeTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("sarama", null)]
    [InlineData("kafka-go", null)]
    [InlineData("invalid", "unknown Kafka client type: invalid; there are sarama and kafka-go")]
    public async Task The_configuration_chooses_the_client(string clientType, string? error)
    {
        var config = KafkaIntegrationConfig.Default(clientType);

        if (error is not null)
        {
            Assert.Equal(error, Assert.Throws<BridgeException>(() => KafkaPortaskBridge.Create(config, "localhost:8080", "test-topic")).Message);
            return;
        }
        await using var bridge = KafkaPortaskBridge.Create(config, "localhost:8080", "test-topic");
        Assert.Equal((clientType, 0), (bridge.GetStats().ClientType, bridge.GetStats()["messageCount"]));
    }

    [Theory]
    [InlineData("sarama")]
    [InlineData("kafka-go")]
    public async Task What_is_published_to_Kafka_is_consumed_into_Portask(string clientType)
    {
        var topic = BrokerFixture.NewName("test-topic");
        await using var bridge = KafkaPortaskBridge.Create(Config(clientType), broker.Bootstrap, topic);

        await bridge.PublishToKafkaAsync(topic, Encoding.UTF8.GetBytes($"test message for {clientType}"));
        Assert.Equal(1, bridge.GetStats()["messageCount"]);
        await bridge.ConsumeFromKafkaAsync([topic]);

        var copy = Copies.Await(broker.Bootstrap, $"portask_test.{topic}", 3, 1);
        Assert.Equal($"test message for {clientType}", Encoding.UTF8.GetString(copy[0].Message.Value!));
        await Until.TrueAsync(() => bridge.GetStats().MessageCount == 2);
        await bridge.StopAsync();
        Assert.Equal((2, 1, 1, 0), (bridge.GetStats()["messageCount"], bridge.GetStats()["producedCount"], bridge.GetStats()["consumedCount"], bridge.GetStats()["errorCount"]));
    }

    [Fact]
    public async Task Topics_that_are_published_to_are_created_with_the_configured_partitions()
    {
        var topic = BrokerFixture.NewName("made");
        await using var bridge = KafkaPortaskBridge.Create(Config("sarama") with { PartitionCount = 5 }, broker.Bootstrap, topic);

        await bridge.PublishToKafkaAsync(topic, "x"u8.ToArray());

        using var admin = Librdkafka.Admin(broker.Bootstrap);
        Assert.Equal(5, admin.GetMetadata(topic, Librdkafka.Patience).Topics[0].Partitions.Count);
    }

    [Theory]
    [InlineData("sarama")]
    [InlineData("kafka-go")]
    public async Task Many_publish_at_once(string clientType)
    {
        var topic = BrokerFixture.NewName("parallel");
        await using var bridge = KafkaPortaskBridge.Create(Config(clientType), broker.Bootstrap, topic);
        var message = new byte[1024];

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, cancellation) => await bridge.PublishToKafkaAsync(topic, message, cancellation));

        Assert.Equal(2000, bridge.GetStats().MessageCount);
        Assert.Equal(2000, Copies.ReadAll(broker.Bootstrap, topic, 3).Count);
    }

    [Fact]
    public async Task A_topic_is_not_copied_into_itself()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await using var bridge = KafkaPortaskBridge.Create(Config("sarama") with { TopicPrefix = "" }, broker.Bootstrap, topic);

        var refused = await Assert.ThrowsAsync<BridgeException>(() => bridge.ConsumeFromKafkaAsync([topic]));

        Assert.Contains("would be copied into itself", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_refused_at_once_and_opens_no_circuit()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["max.message.bytes"] = "1000" });
        var config = Config("sarama") with { Resilience = new() { MaxFailures = 1 } };
        await using var bridge = KafkaPortaskBridge.Create(config, broker.Bootstrap, topic);

        await Assert.ThrowsAsync<BridgeException>(() => bridge.PublishToKafkaAsync(topic, new byte[2000]));

        Assert.False(bridge.GetStats().CircuitOpen);
        await bridge.PublishToKafkaAsync(topic, new byte[10]);
        Assert.Equal((1, 1), (bridge.GetStats()["errorCount"], bridge.GetStats()["messageCount"]));
    }

    [Fact]
    public async Task The_circuit_opens_after_failures_and_closes_when_Kafka_is_back()
    {
        await using var kafka = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(kafka.Bootstrap, 1);
        var config = Config("sarama") with
        {
            BrokerAddresses = [kafka.Bootstrap],
            Sarama = System.Text.Json.JsonDocument.Parse("""{ "producer": { "timeout": "2s", "retry_max": 0, "required_acks": "WaitForAll" } }""").RootElement,
            Resilience = new() { MaxFailures = 2, MaxRetries = 1, ResetTimeout = TimeSpan.FromSeconds(4) },
        };
        await using var bridge = KafkaPortaskBridge.Create(config, kafka.Bootstrap, topic);
        await bridge.PublishToKafkaAsync(topic, [1]);
        await kafka.KillAsync();

        // Two attempts fail and open the circuit; what comes next is refused without an attempt, for longer than a machine stands still.
        await Assert.ThrowsAsync<BridgeException>(() => bridge.PublishToKafkaAsync(topic, [2]));
        Assert.True(bridge.GetStats().CircuitOpen);
        var refused = await Assert.ThrowsAsync<BridgeException>(() => bridge.PublishToKafkaAsync(topic, [3]));
        Assert.Contains("circuit breaker is open", refused.Message, StringComparison.Ordinal);

        await kafka.StartAgainAsync();
        await Until.TrueAsync(async () =>
        {
            try
            {
                await bridge.PublishToKafkaAsync(topic, [4]);
                return true;
            }
            catch (BridgeException)
            {
                return false;
            }
        });
        Assert.False(bridge.GetStats().CircuitOpen);
    }

    [Fact]
    public async Task The_five_metrics_are_kept_by_topic_and_client()
    {
        var topic = BrokerFixture.NewName("measured");
        await using var bridge = KafkaPortaskBridge.Create(Config("kafka-go"), broker.Bootstrap, topic);
        for (var i = 0; i < 3; i++)
            await bridge.PublishToKafkaAsync(topic, new byte[10]);
        await bridge.ConsumeFromKafkaAsync([topic]);
        await Until.TrueAsync(() => bridge.GetStats() is { Consumed: 3, ActiveConnections: > 0 });

        using var text = new StringWriter();
        bridge.Metrics.WritePrometheus(text);
        var lines = text.ToString().Split('\n');

        var labels = $"{{topic=\"{topic}\",client_type=\"kafka-go\"}}";
        Assert.Contains($"portask_kafka_messages_produced_total{labels} 3", lines);
        Assert.Contains($"portask_kafka_messages_consumed_total{labels} 3", lines);
        Assert.Contains($"portask_kafka_produce_duration_seconds_count{labels} 3", lines);
        Assert.Contains($"portask_kafka_consume_duration_seconds_count{labels} 3", lines);
        Assert.Contains($"portask_kafka_consume_duration_seconds_bucket{labels[..^1]},le=\"+Inf\"}} 3", lines);
        Assert.Contains(lines, line => line.StartsWith("portask_kafka_active_connections{client_type=\"kafka-go\"} ", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }

    private KafkaIntegrationConfig Config(string clientType) =>
        KafkaIntegrationConfig.Default(clientType) with
        {
            BrokerAddresses = [broker.Bootstrap],
            ConsumerGroup = BrokerFixture.NewName("group"),
            KafkaGo = System.Text.Json.JsonDocument.Parse("""{ "writer": { "batch_timeout": "5ms" }, "reader": { "max_wait": "100ms" } }""").RootElement,
        };
}
