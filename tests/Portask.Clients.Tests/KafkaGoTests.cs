using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>kafka-go, which parses to the byte and picks versions of its own.</summary>
public sealed class KafkaGoTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [ClientTheory(GoProgram.Go)]
    [InlineData("hash", "none")]
    [InlineData("roundrobin", "gzip")]
    [InlineData("leastbytes", "snappy")]
    [InlineData("crc32", "lz4")]
    [InlineData("murmur2", "zstd")]
    [InlineData("reference", "none")]
    public async Task A_writers_messages_come_back_with_every_balancer_and_codec(string balancer, string codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        Assert.Equal(["written 20"], await RunAsync("write", topic, "20", balancer, codec));

        var read = await RunAsync("read", topic, "0", "5", "15");

        Assert.Equal(Enumerable.Range(5, 15).Select(i => $"read 0 {i} key-{i} value-{i} source=writer"), read);
    }

    [ClientFact(GoProgram.Go)]
    public async Task A_writer_spreads_over_partitions()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 4);
        await RunAsync("write", topic, "40", "roundrobin", "none");

        foreach (var partition in new[] { "0", "1", "2", "3" })
            Assert.Equal(10, (await RunAsync("read", topic, partition, "0", "10")).Count);
    }

    [ClientFact(GoProgram.Go)]
    [Quirk(6)]
    public async Task A_writer_creates_its_topic() => Assert.Equal(["created"], await RunAsync("create", BrokerFixture.NewName("made")));

    [ClientFact(GoProgram.Go)]
    public async Task A_group_goes_on_where_it_committed()
    {
        var (topic, group) = (await Librdkafka.CreateTopicAsync(broker.Bootstrap, 2), BrokerFixture.NewName("group"));
        await RunAsync("write", topic, "20", "roundrobin", "none");

        var first = await RunAsync("group", topic, group, "8");
        var second = await RunAsync("group", topic, group, "12");

        Assert.Equal(20, first.Concat(second).Distinct().Count());
    }

    [ClientFact(GoProgram.Go)]
    public async Task A_connection_creates_writes_reads_and_deletes()
    {
        var read = Enumerable.Range(0, 5).Select(i => $"read 1 {i} key-{i} value-{i} source=writer");

        Assert.Equal(
            ["versions true", "partitions 3 leader 1", "controller 1", "offsets 0 5", .. read], await RunAsync("conn", BrokerFixture.NewName("conn")));
    }

    [ClientFact(GoProgram.Go)]
    [Quirk(5)]
    public async Task The_client_asks_for_everything_it_knows()
    {
        var (topic, group) = (await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1), BrokerFixture.NewName("asked"));
        await RunAsync("write", topic, "7", "hash", "none");
        await RunAsync("group", topic, group, "7");

        string[] expected =
        [
            "metadata 1 1", "config 604800000", "offsets 0 7", "fetched 7 high watermark 7", "grown true", "listed 1", "state Empty", "deleted true",
        ];
        Assert.Equal(expected, await RunAsync("client", topic, group));
    }

    private async Task<IReadOnlyList<string>> RunAsync(string scenario, params string[] arguments) =>
        await ClientTool.RunAsync(await GoProgram.BuildAsync("kafkago"), [broker.Bootstrap, scenario, .. arguments]);
}
