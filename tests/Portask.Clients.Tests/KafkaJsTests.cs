using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>kafkajs, nothing flexible in it, and @platformatic/kafka, its youngest neighbour.</summary>
public sealed class KafkaJsTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [ClientTheory(NodeProgram.Node)]
    [InlineData("none", "")]
    [InlineData("gzip", "")]
    [InlineData("snappy", "")]
    [InlineData("gzip", "idempotent")]
    public async Task Messages_come_back_with_headers_and_the_group_goes_on(string codec, string idempotent)
    {
        var (topic, group) = (BrokerFixture.NewName("kafkajs"), BrokerFixture.NewName("group"));
        Assert.Equal(["sent 0 0"], await RunAsync("produce", topic, "10", codec, idempotent));

        var first = await RunAsync("consume", topic, group, "6");
        var second = await RunAsync("consume", topic, group, "4");

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"read 0 {i} key-{i} value-{i} kafkajs"), first.Concat(second));
    }

    [ClientFact(NodeProgram.Node)]
    public async Task Three_members_share_and_two_take_over()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 6);

        Assert.Equal(["balanced 3", "balanced 2"], await RunAsync("rebalance", topic, BrokerFixture.NewName("group")));
    }

    [ClientFact(NodeProgram.Node)]
    public async Task The_admin_does_its_work()
    {
        string[] expected =
        [
            "created true", "again false", "partitions 3 true", "config 5000", "sent", "end 10", "by time 3", "committed 1", "listed true", "state Empty",
            "low 1", "left false", "error UNKNOWN_TOPIC_OR_PARTITION",
        ];

        var lines = await RunAsync("admin", BrokerFixture.NewName("made"), BrokerFixture.NewName("group"));

        Assert.Equal(expected, lines.Select(line => line.StartsWith("sent", StringComparison.Ordinal) ? "sent" : line));
    }

    [ClientFact(NodeProgram.Node)]
    public async Task Platformatics_client_creates_writes_and_reads()
    {
        var topic = BrokerFixture.NewName("platformatic");

        var lines = await NodeProgram.RunAsync("platformatic.js", broker.Bootstrap, topic, BrokerFixture.NewName("group"));

        Assert.Equal([$"created {topic} 2", "read 20 true", "deleted"], lines);
    }

    private Task<IReadOnlyList<string>> RunAsync(string scenario, params string[] arguments) =>
        NodeProgram.RunAsync("kafkajs.js", [broker.Bootstrap, scenario, .. arguments]);
}
