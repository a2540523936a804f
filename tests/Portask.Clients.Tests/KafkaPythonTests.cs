using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>kafka-python, whose older dialects fetch messages of magic 0 and 1, and confluent-kafka-python with a librdkafka of 2021.</summary>
public sealed class KafkaPythonTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    // Debian's modules belong to Debian's interpreter, whatever else is on the path.
    private const string Python = "/usr/bin/python3";

    [ClientTheory(Python)]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    public async Task Records_come_back_in_every_codec(string codec)
    {
        var topic = await CreateTopicAsync();
        Assert.Equal(["sent 0 19"], await RunAsync("produce", topic, "20", codec));

        var read = await RunAsync("consume", topic, "20", "auto");

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"read {i} key-{i} value-{i} {1_700_000_000_000 + i} source=python"), read);
    }

    [ClientTheory(Python)]
    [InlineData("0.8.2", "none")]
    [InlineData("0.8.2", "snappy")]
    [InlineData("0.9", "none")]
    [InlineData("0.9", "gzip")]
    [InlineData("0.10", "snappy")]
    [InlineData("0.10", "none")]
    [InlineData("0.11", "lz4")]
    public async Task Old_dialects_get_the_messages_that_they_know(string version, string codec)
    {
        var topic = await CreateTopicAsync();
        await RunAsync("produce", topic, "10", codec);

        var read = await RunAsync("consume", topic, "10", version);

        // Magic 0 has no times, magic 1 has no headers.
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"read {i} key-{i} value-{i} {(version is "0.8.2" or "0.9" ? "None" : 1_700_000_000_000 + i)}"), read);
    }

    [ClientFact(Python)]
    public async Task Zstd_is_written_for_those_who_can_read_it()
    {
        var topic = await CreateTopicAsync();
        await RunAsync("produce", topic, "20", "zstd");

        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("zstd")).Build();
        consumer.Assign(new Confluent.Kafka.TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"value-{i}"), Librdkafka.Read(consumer, 20).Select(result => result.Message.Value));
    }

    [ClientFact(Python)]
    public async Task Times_are_found_to_the_record()
    {
        var topic = await CreateTopicAsync();
        await RunAsync("produce", topic, "10", "gzip");

        Assert.Equal(["found 5 1700000000005", "range 0 10"], await RunAsync("times", topic));
    }

    [ClientFact(Python)]
    public async Task A_group_goes_on_and_the_admin_sees_it()
    {
        var (topic, group) = (await CreateTopicAsync(), BrokerFixture.NewName("python"));
        await RunAsync("produce", topic, "6", "none");

        Assert.Equal(["read 0 value-0", "read 1 value-1"], await RunAsync("group", topic, group, "2"));
        Assert.Equal(["read 2 value-2"], await RunAsync("group", topic, group, "1"));

        string[] expected = ["partitions 3", "config 7000", "group True", "state Empty", "committed 3", "left False"];
        Assert.Equal(expected, await RunAsync("admin", BrokerFixture.NewName("made"), group));
    }

    [ClientFact(Python)]
    public async Task Confluents_python_client_writes_and_reads() => Assert.Equal(
        ["left 0", "read 50 True"],
        await ClientTool.RunAsync(Python, [Script("confluent_python.py"), broker.Bootstrap, BrokerFixture.NewName("confluent"), BrokerFixture.NewName("group")]));

    private static string Script(string name) => Path.Combine(Repository.TestFolder("python"), name);

    // The records are of 2023: without this, retention takes them when the broker looks for them.
    private Task<string> CreateTopicAsync() => Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["retention.ms"] = "-1" });

    private async Task<IReadOnlyList<string>> RunAsync(string scenario, params string[] arguments) =>
        await ClientTool.RunAsync(Python, [Script("kafka_python.py"), broker.Bootstrap, scenario, .. arguments]);
}
