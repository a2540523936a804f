using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Sarama, at the protocol versions that its users set.</summary>
public sealed class SaramaTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [ClientTheory(GoProgram.Go)]
    [InlineData("2.6.0", "snappy")]
    [InlineData("2.6.0", "none")]
    [InlineData("2.8.0", "gzip")]
    [InlineData("2.8.0", "lz4")]
    [InlineData("3.6.0", "zstd")]
    [InlineData("1.0.0", "snappy")]
    public async Task A_sync_producers_records_come_back_with_headers(string version, string codec)
    {
        var topic = BrokerFixture.NewName("sync");
        var sent = await RunAsync(version, "produce-sync", topic, "20", codec);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"sent 0 {i}"), sent);

        var read = await RunAsync(version, "consume", topic, "0", "-2", "20");

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"read {i} key-{i} value-{i} source=sync"), read);
        Assert.Equal(["read 7 key-7 value-7 source=sync"], await RunAsync(version, "consume", topic, "0", "7", "1"));
    }

    [ClientTheory(GoProgram.Go)]
    [InlineData("2.6.0")]
    [InlineData("2.8.0")]
    public async Task An_async_producer_hears_of_successes_and_of_errors(string version) =>
        Assert.Equal(["refused true", "successes 500 errors 0"], await RunAsync(version, "produce-async", BrokerFixture.NewName("async"), "500"));

    [ClientTheory(GoProgram.Go)]
    [InlineData("2.6.0")]
    [InlineData("2.8.0")]
    public async Task An_idempotent_producer_keeps_order(string version) => Assert.Equal(
        Enumerable.Range(0, 500).Select(i => $"sent 0 {i}"), await RunAsync(version, "produce-idem", BrokerFixture.NewName("idem"), "500"));

    [ClientFact(GoProgram.Go)]
    public async Task A_partitioner_of_the_users_own_decides()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 3);

        var sent = await RunAsync("2.6.0", "partitioner", topic);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"key {i} partition {i % 3}"), sent);
    }

    [ClientTheory(GoProgram.Go)]
    [InlineData("2.6.0", "roundrobin", "manual")]
    [InlineData("2.6.0", "sticky", "auto")]
    [InlineData("2.8.0", "range", "manual")]
    public async Task A_group_reads_commits_and_goes_on(string version, string strategy, string commit)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 4);
        var group = BrokerFixture.NewName(strategy);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 100);

        var first = await RunAsync(version, "group", topic, group, strategy, "60", commit);
        var second = await RunAsync(version, "group", topic, group, strategy, "40", commit);

        var read = first.Concat(second).Where(line => line.StartsWith("read", StringComparison.Ordinal)).ToList();
        Assert.Contains("claims 1", first);
        Assert.Equal(100, read.Count);
        Assert.Equal(100, read.Distinct().Count());
    }

    [ClientTheory(GoProgram.Go)]
    [InlineData("2.6.0")]
    [InlineData("2.8.0")]
    public async Task The_cluster_admin_does_its_work(string version)
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var group = BrokerFixture.NewName("admin");
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 9);
        await RunAsync(version, "group", topic, group, "range", "9", "manual");

        var lines = await RunAsync(version, "admin", BrokerFixture.NewName("made"), group);

        string[] expected =
        [
            "exists true", "listed 4 86400000", "described 4 true", "controller 1", "config cleanup.policy compact,delete",
            "group consumer", "state Empty", "committed 9", "gone true",
        ];
        Assert.Equal(expected, lines);
    }

    private async Task<IReadOnlyList<string>> RunAsync(string version, string scenario, params string[] arguments) =>
        await ClientTool.RunAsync(await GoProgram.BuildAsync("sarama"), [broker.Bootstrap, version, scenario, .. arguments]);
}
