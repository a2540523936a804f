using System.Text.Json;
using Confluent.Kafka;
using Portask.Bridge.Clients;

namespace Portask.Bridge.Tests;

/// <summary>Settings of Sarama and of kafka-go, and what they become.</summary>
public sealed class ProfileTests
{
    [Theory]
    [InlineData("sarama")]
    [InlineData("kafka-go")]
    public void Librdkafka_takes_what_the_documented_section_becomes(string clientType)
    {
        var profile = ClientProfile.For(DocumentedJson.Config(clientType));
        var consumer = profile.Consumer();
        consumer.GroupId = "g";

        using var producer = new ProducerBuilder<Null, Null>(profile.Producer()).Build();
        using var ordered = new ProducerBuilder<Null, Null>(profile.OrderedProducer()).Build();
        using var reader = new ConsumerBuilder<Ignore, Ignore>(consumer).Build();
    }

    [Theory]
    [InlineData("sarama")]
    [InlineData("kafka-go")]
    public void Librdkafka_takes_the_defaults_of_the_client(string clientType)
    {
        var profile = ClientProfile.For(KafkaIntegrationConfig.Default(clientType));
        var consumer = profile.Consumer();
        consumer.GroupId = "g";

        using var producer = new ProducerBuilder<Null, Null>(profile.Producer()).Build();
        using var reader = new ConsumerBuilder<Ignore, Ignore>(consumer).Build();
    }

    [Fact]
    public void Saramas_settings_become_those_of_librdkafka()
    {
        var profile = ClientProfile.For(DocumentedJson.Config("sarama"));
        var (producer, consumer) = (profile.Producer(), profile.Consumer());

        Assert.Equal(("portask-bridge", Acks.All, true), (producer.ClientId, producer.Acks, producer.EnableIdempotence));
        Assert.Equal((1_000_000, 10_000), (producer.MessageMaxBytes, producer.RequestTimeoutMs));
        Assert.Equal((CompressionType.Snappy, 6), (producer.CompressionType, producer.CompressionLevel));
        Assert.Equal((100d, 100, 1_048_576), (producer.LingerMs, producer.BatchNumMessages, producer.BatchSize));
        Assert.Equal((3, 100, 100), (producer.MessageSendMaxRetries, producer.RetryBackoffMs, producer.RetryBackoffMaxMs));
        Assert.Equal((5, 30_000, 30_000, true), (producer.MaxInFlight, producer.SocketConnectionSetupTimeoutMs, producer.SocketTimeoutMs, producer.SocketKeepaliveEnable));
        Assert.Equal((1, 1_048_576, 10_485_760, 250), (consumer.FetchMinBytes, consumer.MaxPartitionFetchBytes, consumer.FetchMaxBytes, consumer.FetchWaitMaxMs));
        Assert.Equal((10_000, 3000, 60_000), (consumer.SessionTimeoutMs, consumer.HeartbeatIntervalMs, consumer.MaxPollIntervalMs));
        Assert.Equal(PartitionAssignmentStrategy.CooperativeSticky, consumer.PartitionAssignmentStrategy);
        Assert.Equal(TimeSpan.FromSeconds(1), profile.CommitInterval);
    }

    [Fact]
    public void Kafka_gos_settings_become_those_of_librdkafka()
    {
        var profile = ClientProfile.For(DocumentedJson.Config("kafka-go"));
        var (producer, consumer) = (profile.Producer(), profile.Consumer());

        Assert.Equal((Acks.All, false, 1), (producer.Acks, producer.EnableIdempotence, producer.MaxInFlight));
        Assert.Equal((10d, 100, 1_048_576), (producer.LingerMs, producer.BatchNumMessages, producer.BatchSize));
        Assert.Equal((10_000, 10_000, CompressionType.Snappy), (producer.SocketTimeoutMs, producer.RequestTimeoutMs, producer.CompressionType));
        Assert.Equal((2, 100, 1000), (producer.MessageSendMaxRetries, producer.RetryBackoffMs, producer.RetryBackoffMaxMs));
        Assert.Equal((10_240, 10_485_760, 1000), (consumer.FetchMinBytes, consumer.FetchMaxBytes, consumer.FetchWaitMaxMs));
        Assert.Equal((AutoOffsetReset.Earliest, 5000, 100), (consumer.AutoOffsetReset, consumer.TopicMetadataRefreshIntervalMs, consumer.FetchErrorBackoffMs));
        Assert.Equal("roundrobin,range", consumer.Get("partition.assignment.strategy"));
        Assert.Equal(TimeSpan.FromSeconds(1), profile.CommitInterval);
    }

    [Fact]
    public void What_has_no_counterpart_is_said_with_its_reason()
    {
        string[] sarama =
        [
            "sarama.version", "sarama.channel_buffer_size", "sarama.producer.compression_level", "sarama.producer.return_successes",
            "sarama.producer.return_errors", "sarama.consumer.max_processing_time", "sarama.consumer.return_errors",
            "sarama.consumer.group.rebalance_strategy", "sarama.consumer.group.rebalance_retry_max", "sarama.consumer.group.rebalance_retry_backoff",
            "sarama.net.max_open_requests", "sarama.net.write_timeout", "sarama.net.keepalive",
        ];
        string[] kafkaGo = ["kafka_go.reader.read_batch_timeout", "kafka_go.reader.read_lag_interval", "kafka_go.reader.read_backoff_max"];

        Assert.Equal(sarama.Order(), Paths("sarama"));
        Assert.Equal(kafkaGo.Order(), Paths("kafka-go"));

        static IEnumerable<string> Paths(string clientType) => ClientProfile.For(DocumentedJson.Config(clientType)).Notes.Select(note => note.Split(':')[0]).Order();
    }

    [Theory]
    [InlineData("""{ "producer": { "required_acks": "All" } }""", "sarama.producer.required_acks: takes one of WaitForAll, WaitForLocal, NoResponse, not \"All\"")]
    [InlineData("""{ "producer": { "retries": 3 } }""", "sarama.producer.retries: no such setting; there are producer.max_message_bytes")]
    [InlineData("""{ "producer": { "timeout": 10 } }""", "sarama.producer.timeout: takes a duration")]
    [InlineData("""{ "producer": { "flush_messages": 0 } }""", "sarama.producer.flush_messages: takes a number, 1 to 1000000, not 0")]
    [InlineData("""{ "producer": { "idempotent": true } }""", "takes required_acks WaitForAll")]
    [InlineData("""{ "consumer": { "group": { "session_timeout": "2s" } } }""", "heartbeat interval must be shorter")]
    [InlineData("""{ "net": 3 }""", "sarama.net: takes an object")]
    public void A_value_that_the_client_does_not_have_is_refused(string section, string message)
    {
        var config = new KafkaIntegrationConfig { ClientType = "sarama", Sarama = JsonDocument.Parse(section).RootElement };

        Assert.Contains(message, Assert.Throws<BridgeException>(() => ClientProfile.For(config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_is_written_in_order_and_once_whatever_the_client_would_do()
    {
        var config = new KafkaIntegrationConfig
        {
            ClientType = "kafka-go",
            KafkaGo = JsonDocument.Parse("""{ "writer": { "required_acks": "RequireNone", "max_attempts": 1 } }""").RootElement,
        };

        var ordered = ClientProfile.For(config).OrderedProducer();

        Assert.Equal((Acks.All, true), (ordered.Acks, ordered.EnableIdempotence));
        Assert.True(ordered.MessageSendMaxRetries > 1);
    }
}
