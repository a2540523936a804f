using System.Text;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Confluent.Kafka: producing and consuming, over every records journal.</summary>
public abstract class LibrdkafkaScenarios(BrokerFixture broker)
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Records_come_back_whole_in_every_codec(CompressionType codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.CompressionType = codec);
        var time = new Timestamp(new DateTime(2020, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc));
        var headers = new Headers { { "trace", Encoding.UTF8.GetBytes("abc") }, { "empty", [] }, { "none", null } };
        for (var i = 0; i < 100; i++)
        {
            var value = i % 10 == 9 ? null! : new string((char)('a' + (i % 26)), i * 7);
            producer.Produce(topic, new Message<string, string> { Key = i % 2 == 0 ? $"k{i}" : null!, Value = value, Headers = headers, Timestamp = time });
        }
        producer.Flush();

        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("codec")).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var read = Librdkafka.Read(consumer, 100);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, read[i].Offset);
            Assert.Equal(i % 2 == 0 ? $"k{i}" : null, read[i].Message.Key);
            Assert.Equal(i % 10 == 9 ? null : new string((char)('a' + (i % 26)), i * 7), read[i].Message.Value);
            Assert.Equal(time.UnixTimestampMs, read[i].Message.Timestamp.UnixTimestampMs);
            Assert.Equal(["trace", "empty", "none"], read[i].Message.Headers.Select(header => header.Key));
            Assert.Equal("abc", Encoding.UTF8.GetString(read[i].Message.Headers[0].GetValueBytes()));
            Assert.Null(read[i].Message.Headers[2].GetValueBytes());
        }
    }

    [Fact]
    public async Task An_idempotent_producer_with_five_in_flight_keeps_order_and_count()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var producer = Librdkafka.Producer(broker.Bootstrap, config =>
        {
            config.EnableIdempotence = true;
            config.MaxInFlight = 5;
            config.BatchNumMessages = 10;
            config.LingerMs = 0;
        });
        var reports = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i =>
            producer.ProduceAsync(topic, new Message<string, string> { Key = "k", Value = $"{i}" })));

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), reports.Select(report => report.Offset.Value));
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("idem")).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"{i}"), Librdkafka.Read(consumer, 2000).Select(result => result.Message.Value));
    }

    [Theory]
    [InlineData(Acks.None)]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public async Task Every_kind_of_acknowledgement_is_served(Acks acks)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.Acks = acks);
        for (var i = 0; i < 300; i++)
            producer.Produce(topic, new Message<string, string> { Key = $"{i}", Value = $"{i}" });
        Assert.Equal(0, producer.Flush(Librdkafka.Patience));

        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("acks")).Build();
        consumer.Subscribe(topic);
        Assert.Equal(300, Librdkafka.Read(consumer, 300).Select(result => result.Message.Value).Distinct().Count());
        consumer.Close();
    }

    [Fact]
    public async Task A_batch_above_max_message_bytes_is_refused()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["max.message.bytes"] = "2000" });
        using var producer = Librdkafka.Producer(broker.Bootstrap);

        var refused = await Assert.ThrowsAsync<ProduceException<string, string>>(() =>
            producer.ProduceAsync(topic, new Message<string, string> { Value = new string('x', 5000) }));

        Assert.Equal(ErrorCode.MsgSizeTooLarge, refused.Error.Code);
        Assert.Equal(0, (await producer.ProduceAsync(topic, new Message<string, string> { Value = "small" })).Offset.Value);
    }

    [Fact]
    public async Task Compacted_topics_take_no_record_without_a_key()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["cleanup.policy"] = "compact" });
        using var producer = Librdkafka.Producer(broker.Bootstrap);

        var refused = await Assert.ThrowsAsync<ProduceException<string, string>>(() =>
            producer.ProduceAsync(topic, new Message<string, string> { Value = "no key" }));

        Assert.Equal(ErrorCode.InvalidRecord, refused.Error.Code);
    }

    [Fact]
    public async Task LogAppendTime_gives_records_the_brokers_time()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["message.timestamp.type"] = "LogAppendTime" });
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.CompressionType = CompressionType.Lz4);
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await producer.ProduceAsync(topic, new Message<string, string> { Value = "v", Timestamp = new Timestamp(DateTime.UnixEpoch.AddDays(1)) });

        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("lat")).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var timestamp = Librdkafka.Read(consumer, 1)[0].Message.Timestamp;

        Assert.Equal(TimestampType.LogAppendTime, timestamp.Type);
        Assert.InRange(timestamp.UnixTimestampMs, before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("uncompressed")]
    public async Task The_topic_decides_on_the_codec_when_it_says_so(string codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["compression.type"] = codec });
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.CompressionType = CompressionType.Gzip);
        await producer.ProduceAsync(topic, new Message<string, string> { Key = "k", Value = new string('v', 1000) });

        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("recode")).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(new string('v', 1000), Librdkafka.Read(consumer, 1)[0].Message.Value);
    }

    [Fact]
    public async Task Offsets_are_found_by_time_and_seeked_to()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var producer = Librdkafka.Producer(broker.Bootstrap);
        var start = DateTimeOffset.UtcNow.AddMinutes(-10).ToUnixTimeMilliseconds();
        for (var i = 0; i < 50; i++)
            producer.Produce(topic, new Message<string, string> { Value = $"{i}", Timestamp = new Timestamp(start + (i * 1000), TimestampType.CreateTime) });
        producer.Flush();
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("seek")).Build();
        var partition = new TopicPartition(topic, 0);

        var found = consumer.OffsetsForTimes([new(partition, new Timestamp(start + 20_500, TimestampType.CreateTime))], Librdkafka.Patience);
        var beyond = consumer.OffsetsForTimes([new(partition, new Timestamp(start + 10_000_000, TimestampType.CreateTime))], Librdkafka.Patience);
        var watermarks = consumer.QueryWatermarkOffsets(partition, Librdkafka.Patience);

        Assert.Equal(21, found[0].Offset.Value);
        Assert.Equal(Offset.End, beyond[0].Offset);
        Assert.Equal((0, 50), (watermarks.Low.Value, watermarks.High.Value));
        consumer.Assign(new TopicPartitionOffset(partition, 5));
        Assert.Equal("5", Librdkafka.Read(consumer, 1)[0].Message.Value);
        consumer.Seek(new TopicPartitionOffset(partition, 40));
        Assert.Equal("40", Librdkafka.Read(consumer, 1)[0].Message.Value);
    }

    [Fact]
    public async Task An_offset_out_of_range_is_reset_as_the_client_says()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 3);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("range")).Build();

        consumer.Assign(new TopicPartitionOffset(topic, 0, 1000));

        Assert.Equal(0, Librdkafka.Read(consumer, 1)[0].Offset.Value);
    }

    [Fact]
    public async Task Many_partitions_are_read_in_one_session_and_late_records_arrive()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 20);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("many")).Build();
        consumer.Assign(Enumerable.Range(0, 20).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        for (var round = 0; round < 5; round++)
        {
            for (var partition = 0; partition < 20; partition += round + 1)
                await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 2, partition);
            var expected = 2 * ((19 / (round + 1)) + 1);
            Assert.Equal(expected, Librdkafka.Read(consumer, expected).Count);
        }
        Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(300)));
    }

    [Fact]
    public async Task Nothing_is_created_by_a_consumer_that_may_not()
    {
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("none"), config => config.AllowAutoCreateTopics = false).Build();
        var topic = BrokerFixture.NewName("absent");
        consumer.Subscribe(topic);
        var unknown = await Assert.ThrowsAsync<ConsumeException>(() => Task.Run(() => consumer.Consume(Librdkafka.Patience)));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, unknown.Error.Code);
        using var admin = Librdkafka.Admin(broker.Bootstrap);
        Assert.DoesNotContain(admin.GetMetadata(Librdkafka.Patience).Topics, known => known.Topic == topic);
    }
}

public sealed class LibrdkafkaTests(BrokerFixture broker) : LibrdkafkaScenarios(broker), IClassFixture<BrokerFixture>;

public sealed class LibrdkafkaOverSqliteTests(SqliteRecordsFixture broker) : LibrdkafkaScenarios(broker), IClassFixture<SqliteRecordsFixture>;

public sealed class LibrdkafkaOverPostgresTests(PostgresRecordsFixture broker) : LibrdkafkaScenarios(broker), IClassFixture<PostgresRecordsFixture>;
