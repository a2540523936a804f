namespace Portask.Bridge.Tests;

/// <summary>The configuration file: what it says, and what is refused with its place and what is taken there.</summary>
public sealed class ConfigTests
{
    [Fact]
    public void The_documented_keys_are_read()
    {
        var config = DocumentedJson.Config("kafka-go");

        Assert.Equal("kafka-go", config.ClientType);
        Assert.Equal(["localhost:9092", "localhost:9093"], config.BrokerAddresses);
        Assert.Equal(("portask_test", "portask_group", 3, (short)1), (config.TopicPrefix, config.ConsumerGroup, config.PartitionCount, config.ReplicationFactor));
    }

    [Fact]
    public void The_mirror_section_is_read()
    {
        var config = KafkaIntegrationConfig.Parse("""
            {
              "client_type": "sarama", // a comment
              "mirror": { "to_portask": ["orders", "^events\\."], "delivery": "exactly_once", "transaction_timeout": "1m30s" },
              "resilience": { "max_failures": 2, "reset_timeout": "500ms" },
            }
            """);

        Assert.Equal((Delivery.ExactlyOnce, TimeSpan.FromSeconds(90)), (config.Mirror.Delivery, config.Mirror.TransactionTimeout));
        Assert.Equal((2, TimeSpan.FromMilliseconds(500)), (config.Resilience.MaxFailures, config.Resilience.ResetTimeout));
    }

    [Theory]
    [InlineData("""{ "client_type": "franz" }""", "unknown Kafka client type: franz; there are sarama and kafka-go")]
    [InlineData("""{ "client_typo": "sarama" }""", "bridge.json: $.client_typo, line 1: no such setting")]
    [InlineData("""{ "mirror": { "delivery": "twice" } }""", "bridge.json: $.mirror.delivery, line 1:")]
    [InlineData("""{ "mirror": { "transaction_timeout": "90" } }""", "takes a duration such as")]
    [InlineData("""{ "mirror": { "transaction_timeout": "1h" } }""", "bridge.json: mirror.transaction_timeout: takes 1s to 15m")]
    [InlineData("""{ "partition_count": 0 }""", "bridge.json: partition_count: takes 1 to 10000")]
    [InlineData("""{ "broker_addresses": [] }""", "bridge.json: broker_addresses: takes one address or more")]
    [InlineData("""{ "topic_prefix": "a b" }""", "bridge.json: topic_prefix: takes letters")]
    [InlineData("", "bridge.json: $, line 1:")]
    [InlineData("null", "bridge.json: is empty")]
    public void What_no_setting_takes_is_refused_with_its_place(string json, string message) =>
        Assert.Contains(message, Assert.Throws<BridgeException>(() => KafkaIntegrationConfig.Parse(json, "bridge.json")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("0", 0)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h", 3_600_000)]
    public void Durations_are_written_as_in_Go(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1day")]
    [InlineData("1.2.3s")]
    [InlineData("999999999999h")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));
}
