using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Portask.Bridge.Partitioning;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary>Records that the bridge publishes are in the partitions where the real Sarama and the real kafka-go put the same ones.</summary>
public sealed class PartitionerTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const string Null = "-";

    // Every length around the words of murmur2, bytes that are no text, and a key whose FNV-1a is int.MinValue, where signs go wrong.
    private static readonly byte[]?[] Keys =
    [
        null, [], [0], [0xff], [0xff, 0xfe, 0x80], [0xc3, 0x28], Convert.FromHexString("f534177a01"),
        .. Enumerable.Range(1, 17).Select(length => Encoding.UTF8.GetBytes(new string('k', length))),
        .. Enumerable.Range(0, 60).Select(i => Encoding.UTF8.GetBytes($"key-{i}")),
        "schlüssel"u8.ToArray(), "鍵"u8.ToArray(), new byte[1000], null, [],
    ];

    [ClientTheory(GoProgram.Go)]
    [InlineData("hash", "hash", 1)]
    [InlineData("hash", "hash", 3)]
    [InlineData("hash", "hash", 7)]
    [InlineData("hash", "hash", 16)]
    [InlineData("reference_hash", "reference_hash", 7)]
    [InlineData("consistent_crc", "consistent_crc", 7)]
    [InlineData("roundrobin", "roundrobin", 3)]
    [InlineData("roundrobin", "roundrobin", 7)]
    public async Task As_Sarama(string partitioner, string ofSarama, int partitions)
    {
        var theirs = await Librdkafka.CreateTopicAsync(broker.Bootstrap, partitions);
        await ClientTool.RunAsync(await GoProgram.BuildAsync("sarama"), [broker.Bootstrap, "2.6.0", "partitions", theirs, ofSarama], Lines());

        var ours = await PublishAsync("sarama", $$"""{ "producer": { "required_acks": "WaitForAll", "partitioner": "{{partitioner}}" } }""", partitions);

        Compare(theirs, ours, partitions, without: partitioner == "roundrobin" ? _ => false : key => key is null);
    }

    [ClientTheory(GoProgram.Go)]
    [InlineData("Hash", "hash", 1)]
    [InlineData("Hash", "hash", 3)]
    [InlineData("Hash", "hash", 16)]
    [InlineData("ReferenceHash", "reference", 7)]
    [InlineData("CRC32", "crc32", 3)]
    [InlineData("CRC32", "crc32", 7)]
    [InlineData("Murmur2", "murmur2", 3)]
    [InlineData("Murmur2", "murmur2", 7)]
    [InlineData("RoundRobin", "roundrobin", 3)]
    [InlineData("LeastBytes", "leastbytes", 3)]
    [InlineData("LeastBytes", "leastbytes", 7)]
    public async Task As_kafka_go(string balancer, string ofKafkaGo, int partitions)
    {
        var theirs = await Librdkafka.CreateTopicAsync(broker.Bootstrap, partitions);
        await ClientTool.RunAsync(await GoProgram.BuildAsync("kafkago"), [broker.Bootstrap, "partitions", theirs, ofKafkaGo], Lines());

        var ours = await PublishAsync("kafka-go", $$"""{ "writer": { "batch_timeout": "1ms", "balancer": "{{balancer}}" } }""", partitions);

        // Where kafka-go takes any partition there is nothing to compare.
        Compare(theirs, ours, partitions, without: key => balancer switch
        {
            "CRC32" => key is null or [],
            "Murmur2" or "ReferenceHash" => key is null,
            _ => false,
        });
    }

    [Fact]
    public void Random_uses_all_partitions_and_no_others()
    {
        var partitioner = new RandomPartitioner();

        Assert.Equal([0, 1, 2], Enumerable.Range(0, 1000).Select(_ => partitioner.Choose(null, null, null, 3)).Distinct().Order());
    }

    [Fact]
    public void Manual_obeys_takes_the_first_when_not_told_and_refuses_what_is_not_there()
    {
        var partitioner = new ManualPartitioner();

        Assert.Equal((2, 0), (partitioner.Choose([1], null, 2, 3), partitioner.Choose([1], null, null, 3)));
        Assert.Throws<BridgeException>(() => partitioner.Choose(null, null, 3, 3));
    }

    [Fact]
    public void Counters_go_on_when_partitions_are_added()
    {
        var (wrapping, counting) = (new WrappingRoundRobin(), new CountingRoundRobin());

        // Sarama begins again where it passes the end; kafka-go takes the remainder of all that it has counted.
        Assert.Equal([0, 1, 2, 0, 1, 2, 3, 4, 0], Enumerable.Range(0, 9).Select(i => wrapping.Choose(null, null, null, i < 4 ? 3 : 5)));
        Assert.Equal([0, 1, 2, 0, 4, 0, 1, 2, 3], Enumerable.Range(0, 9).Select(i => counting.Choose(null, null, null, i < 4 ? 3 : 5)));
    }

    // Values of many lengths, for LeastBytes; each begins with its number.
    private static string Value(int i) => i.ToString(CultureInfo.InvariantCulture) + new string('.', i * 37 % 101);

    private static string Lines() =>
        string.Join('\n', Keys.Select((key, i) => $"{(key is null ? Null : "=" + Convert.ToHexString(key).ToLowerInvariant())} {Value(i)}")) + "\n";

    private async Task<string> PublishAsync(string clientType, string section, int partitions)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, partitions);
        var json = JsonDocument.Parse(section).RootElement;
        var config = new KafkaIntegrationConfig
        {
            ClientType = clientType,
            BrokerAddresses = [broker.Bootstrap],
            Sarama = clientType == "sarama" ? json : null,
            KafkaGo = clientType == "kafka-go" ? json : null,
        };
        await using var bridge = KafkaPortaskBridge.Create(config, broker.Bootstrap, topic);
        for (var i = 0; i < Keys.Length; i++)
            await bridge.PublishToKafkaAsync(topic, new Message<byte[]?, byte[]?> { Key = Keys[i], Value = Encoding.UTF8.GetBytes(Value(i)) });
        return topic;
    }

    private void Compare(string theirs, string ours, int partitions, Func<byte[]?, bool> without)
    {
        var (expected, found) = (Copies.ReadAll(broker.Bootstrap, theirs, partitions), Copies.ReadAll(broker.Bootstrap, ours, partitions));
        Assert.Equal(Keys.Length, found.Count);
        // Null and empty keys must have stayed what they were, as some clients confuse them.
        Assert.Equal(Places(expected, without), Places(found, without));
    }

    private static List<string> Places(IEnumerable<ConsumeResult<byte[]?, byte[]?>> records, Func<byte[]?, bool> without) =>
    [
        .. records.Where(record => !without(record.Message.Key))
            .Select(record => (Number: int.Parse(Encoding.UTF8.GetString(record.Message.Value!).TrimEnd('.'), CultureInfo.InvariantCulture), record))
            .OrderBy(record => record.Number)
            .Select(record => $"{record.Number} key={(record.record.Message.Key is { } key ? Convert.ToHexString(key) : "null")} partition={record.record.Partition.Value}"),
    ];
}
