using System.Text;
using Confluent.Kafka;
using Portask.Bridge.Connections;
using Portask.Bridge.Mirroring;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary>Copies between two brokers that stand for a Kafka cluster and Portask.</summary>
public sealed class MirrorTests(TwoBrokers brokers) : IClassFixture<TwoBrokers>
{
    private string Kafka => brokers.Kafka.Bootstrap;

    private string Portask => brokers.Portask.Bootstrap;

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task A_copy_has_what_the_original_has(Delivery delivery)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 3, new() { ["cleanup.policy"] = "delete", ["retention.ms"] = "86400000" });
        using (var producer = Producer(Kafka))
        {
            foreach (var (message, i) in Peculiar().Select((message, i) => (message, i)))
                await producer.ProduceAsync(new TopicPartition(topic, i % 3), message);
        }
        var originals = Copies.ReadAll(Kafka, topic, 3);

        await using var copying = Copying.Start(Config(delivery) with { Mirror = Mirror(delivery) with { ToPortask = [topic] } });
        var copies = Copies.Await(Portask, $"copy.{topic}", 3, originals.Count);

        Assert.Equal(originals.Select(Describe), copies.Select(record => Describe(WithoutOrigin(record))));
        Assert.Equal("86400000", await ConfigAsync(Portask, $"copy.{topic}", "retention.ms"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task A_copy_is_compressed_as_the_original_is(string codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 1);
        using (var producer = Producer(Kafka, config => config.Set("compression.type", codec)))
            for (var i = 0; i < 3; i++)
                await producer.ProduceAsync(topic, new Message<byte[]?, byte[]?> { Value = new byte[2000] });

        await using var copying = Copying.Start(Config() with { Mirror = Mirror() with { ToPortask = [topic] } });
        Copies.Await(Portask, $"copy.{topic}", 1, 3);

        using var metrics = new Metrics.BridgeMetrics("sarama");
        using var target = new Cluster(Portask, new Dictionary<string, string>(), metrics, _ => { });
        Assert.Equal(codec, await NewestBatch.CodecAsync(target, Config(), new Route($"copy.{topic}", "", Direction.ToPortask), 1, default));
    }

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task Topics_that_are_copied_both_ways_under_one_name_do_not_go_round(Delivery delivery)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 1);
        await Librdkafka.ProduceAsync(Kafka, topic, 10, 0);
        var config = Config(delivery) with { TopicPrefix = "", Mirror = Mirror(delivery) with { ToPortask = [topic], ToKafka = [topic] } };

        await using var copying = Copying.Start(config);
        Copies.Await(Portask, topic, 1, 10);
        await Librdkafka.ProduceAsync(Portask, topic, 5, 0);
        Copies.Await(Kafka, topic, 1, 15);
        // Each side has read all of the other and left out what was its own.
        await Until.TrueAsync(() => copying.Bridge.GetStats() is { Lag: 0, MessageCount: 15 } stats && stats.Topics.Sum(copy => copy.LeftOut) == 15);

        Copies.Await(Portask, topic, 1, 15);
        Assert.Equal(15, Copies.ReadAll(Kafka, topic, 1).Count);
        Assert.Equal(15, Copies.ReadAll(Portask, topic, 1).Count);
    }

    [Fact]
    public async Task Patterns_find_topics_that_come_later_and_leave_copies_out()
    {
        var name = BrokerFixture.NewName("found");
        var config = Config() with { Mirror = Mirror() with { ToPortask = [$"^.*{name}.*"], ToKafka = [$"^.*{name}.*"], RefreshInterval = TimeSpan.FromSeconds(1) } };
        await using var copying = Copying.Start(config);

        using (var producer = Producer(Kafka))
            await producer.ProduceAsync($"{name}-1", new Message<byte[]?, byte[]?> { Value = [1] });
        Copies.Await(Portask, $"copy.{name}-1", 1, 1);
        using (var producer = Producer(Portask))
            await producer.ProduceAsync($"{name}-2", new Message<byte[]?, byte[]?> { Value = [2] });
        Copies.Await(Kafka, $"copy.{name}-2", 1, 1);

        Assert.Equal([$"{name}-1", $"{name}-2"], copying.Bridge.GetStats().Topics.Select(topic => topic.Source).Order());
    }

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task Partitions_that_are_added_are_copied(Delivery delivery)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 1);
        await Librdkafka.ProduceAsync(Kafka, topic, 3, 0);
        var config = Config(delivery) with { Mirror = Mirror(delivery) with { ToPortask = [topic], RefreshInterval = TimeSpan.FromSeconds(1) } };
        await using var copying = Copying.Start(config);
        Copies.Await(Portask, $"copy.{topic}", 1, 3);

        using (var admin = Librdkafka.Admin(Kafka))
            await admin.CreatePartitionsAsync([new() { Topic = topic, IncreaseTo = 2 }]);
        await Librdkafka.ProduceAsync(Kafka, topic, 4, 1);

        await Until.TrueAsync(() => copying.Bridge.GetStats().Consumed == 7);
        // What a transaction has written is seen once its marker is there, which follows the answer to the commit.
        Copies.Await(Portask, $"copy.{topic}", 2, 7);
        Assert.Equal([3, 4], Copies.ReadAll(Portask, $"copy.{topic}", 2).GroupBy(record => record.Partition.Value).Select(group => group.Count()));
    }

    [Theory]
    [InlineData(Delivery.AtLeastOnce, Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce, Delivery.ExactlyOnce)]
    [InlineData(Delivery.AtLeastOnce, Delivery.ExactlyOnce)]
    [InlineData(Delivery.ExactlyOnce, Delivery.AtLeastOnce)]
    public async Task A_bridge_that_starts_again_goes_on_where_it_was(Delivery first, Delivery second)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 2);
        var config = Config() with { ConsumerGroup = BrokerFixture.NewName("again") };
        await Librdkafka.ProduceAsync(Kafka, topic, 50);
        await using (var copying = Copying.Start(config with { Mirror = Mirror(first) with { ToPortask = [topic] } }))
            Copies.Await(Portask, $"copy.{topic}", 2, 50);
        await Librdkafka.ProduceAsync(Kafka, topic, 20);

        await using (var copying = Copying.Start(config with { Mirror = Mirror(second) with { ToPortask = [topic] } }))
            await Until.TrueAsync(() => copying.Bridge.GetStats().Consumed >= 20);
        Copies.Await(Portask, $"copy.{topic}", 2, 70);

        Assert.Equal(Copies.ReadAll(Kafka, topic, 2).Select(record => Describe(record)), Copies.ReadAll(Portask, $"copy.{topic}", 2).Select(record => Describe(WithoutOrigin(record))));
    }

    [Theory]
    [InlineData(Delivery.AtLeastOnce)]
    [InlineData(Delivery.ExactlyOnce)]
    public async Task A_group_that_moves_goes_on_with_the_record_it_would_have_read(Delivery delivery)
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 1);
        // Records of transactions at the source, so that offsets have gaps there.
        using (var producer = Producer(Kafka, config => config.TransactionalId = BrokerFixture.NewName("gaps")))
        {
            producer.InitTransactions(Librdkafka.Patience);
            for (var round = 0; round < 10; round++)
            {
                producer.BeginTransaction();
                for (var i = 0; i < 7; i++)
                    producer.Produce(new TopicPartition(topic, 0), new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes($"{round}.{i}") });
                producer.CommitTransaction(Librdkafka.Patience);
            }
        }
        var originals = Copies.Await(Kafka, topic, 1, 70);
        var group = BrokerFixture.NewName("mover");
        await using (var copying = Copying.Start(Config(delivery) with { Mirror = Mirror(delivery) with { ToPortask = [topic], TransactionRecords = 16 } }))
            Copies.Await(Portask, $"copy.{topic}", 1, 70);
        using (var consumer = Librdkafka.Consumer(Kafka, group).Build())
            consumer.Commit([new TopicPartitionOffset(topic, 0, originals[33].Offset)]);

        await using (var bridge = KafkaPortaskBridge.Create(Config(delivery) with { Mirror = Mirror(delivery) }))
            Assert.True(Assert.Single(await bridge.TranslateGroupAsync(group, Direction.ToPortask, commit: true)).IsExact);

        using var moved = Librdkafka.Consumer(Portask, group).Build();
        moved.Assign(new TopicPartition($"copy.{topic}", 0));
        Assert.Equal(Encoding.UTF8.GetString(originals[33].Message.Value!), Librdkafka.Read(moved, 1)[0].Message.Value);
    }

    [Fact]
    public async Task A_group_that_moves_between_copies_of_each_other_misses_nothing_from_either_side()
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 1);
        var config = Config() with { TopicPrefix = "", Mirror = Mirror() with { ToPortask = [topic], ToKafka = [topic] } };
        await using (var copying = Copying.Start(config))
            for (var (round, count) = (0, 0); round < 4; round++)
            {
                // At once on both sides, so that each has the other's records in another place.
                await Task.WhenAll((round == 0 ? new[] { Kafka } : [Kafka, Portask]).Select(side => Librdkafka.ProduceAsync(side, topic, 5, 0)));
                count += round == 0 ? 5 : 10;
                await Until.TrueAsync(() => copying.Bridge.GetStats().MessageCount == count);
            }
        var (here, there) = (Copies.ReadAll(Kafka, topic, 1), Copies.ReadAll(Portask, topic, 1));
        await using var bridge = KafkaPortaskBridge.Create(config);
        var group = BrokerFixture.NewName("mover");

        for (var read = 1; read <= here.Count; read += 3)
        {
            using (var consumer = Librdkafka.Consumer(Kafka, group).Build())
                consumer.Commit([new TopicPartitionOffset(topic, 0, here[read - 1].Offset + 1)]);
            var moved = Assert.Single(await bridge.TranslateGroupAsync(group, Direction.ToPortask, commit: false));

            var seen = here.Take(read).Concat(there.Where(record => record.Offset >= moved.Target.Offset)).Select(Identity).ToHashSet();
            Assert.Superset(here.Concat(there).Select(Identity).ToHashSet(), seen);
        }

        static string Identity(ConsumeResult<byte[]?, byte[]?> record) => $"{Hex(record.Message.Key)} {record.Message.Timestamp.UnixTimestampMs}";
    }

    [Fact]
    public async Task Two_bridges_of_one_group_share_the_partitions()
    {
        var topic = await Librdkafka.CreateTopicAsync(Kafka, 4);
        var config = Config() with { ConsumerGroup = BrokerFixture.NewName("shared"), Mirror = Mirror() with { ToPortask = [topic] } };
        await using var first = Copying.Start(config);
        await using var second = Copying.Start(config);

        await Until.TrueAsync(async () =>
        {
            await Librdkafka.ProduceAsync(Kafka, topic, 20);
            return first.Bridge.GetStats().Consumed > 0 && second.Bridge.GetStats().Consumed > 0;
        });
        var originals = Copies.ReadAll(Kafka, topic, 4).Select(record => Describe(record)).ToHashSet();
        await Until.TrueAsync(() => originals.SetEquals(Copies.ReadAll(Portask, $"copy.{topic}", 4).Select(record => Describe(WithoutOrigin(record)))));
    }

    [Fact]
    public async Task An_address_where_nobody_answers_is_named()
    {
        await using var bridge = KafkaPortaskBridge.Create(Config(), "127.0.0.1:1", "t");

        Assert.StartsWith("127.0.0.1:1: neither a Kafka listener nor", (await Assert.ThrowsAsync<BridgeException>(() => bridge.ConsumeFromKafkaAsync(["t"]))).Message, StringComparison.Ordinal);
    }

    // Null and empty, bytes that are no text, a tombstone, headers with one name, without a value and in order, times of long ago.
    private static IEnumerable<Message<byte[]?, byte[]?>> Peculiar()
    {
        yield return new() { Key = "k"u8.ToArray(), Value = null };
        yield return new() { Key = null, Value = [] };
        yield return new() { Key = [], Value = [0, 0xff, 0xfe] };
        yield return new() { Key = [0xff], Value = "v"u8.ToArray(), Headers = new Headers { { "b", [1] }, { "a", null }, { "b", [] }, { "ü", [0xff] } } };
        yield return new() { Value = "old"u8.ToArray(), Timestamp = new Timestamp(1, TimestampType.CreateTime) };
        yield return new() { Value = new byte[900_000], Timestamp = new Timestamp(1_000_000_000_000, TimestampType.CreateTime) };
    }

    private static string Describe(ConsumeResult<byte[]?, byte[]?> record) =>
        $"{record.Partition.Value} {Hex(record.Message.Key)} {Hex(record.Message.Value)} {record.Message.Timestamp.UnixTimestampMs} "
        + string.Join(',', record.Message.Headers.Select(header => $"{header.Key}={Hex(header.GetValueBytes())}"));

    private static string Hex(byte[]? bytes) => bytes is null ? "null" : bytes.Length > 100 ? $"{bytes.Length} bytes" : $"[{Convert.ToHexString(bytes)}]";

    private static ConsumeResult<byte[]?, byte[]?> WithoutOrigin(ConsumeResult<byte[]?, byte[]?> record)
    {
        Assert.Equal("kafka-side", Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(Origin.Header)));
        record.Message.Headers.Remove(Origin.Header);
        return record;
    }

    private static IProducer<byte[]?, byte[]?> Producer(string bootstrap, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrap, LingerMs = 2 };
        configure?.Invoke(config);
        return new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, _) => { }).Build();
    }

    private static async Task<string> ConfigAsync(string bootstrap, string topic, string name)
    {
        using var admin = Librdkafka.Admin(bootstrap);
        var described = await admin.DescribeConfigsAsync([new() { Type = Confluent.Kafka.Admin.ResourceType.Topic, Name = topic }]);
        return described[0].Entries[name].Value;
    }

    private KafkaIntegrationConfig Config(Delivery delivery = Delivery.AtLeastOnce) => brokers.Config with { Mirror = Mirror(delivery) };

    private MirrorConfig Mirror(Delivery delivery = Delivery.AtLeastOnce) => brokers.Config.Mirror with { Delivery = delivery };
}
