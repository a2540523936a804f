using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Transactions of clients other than librdkafka, each in its own dialect: what they commit is there, and what they abort is not.</summary>
public sealed class ClientTransactionTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const int Count = 500;

    [ClientTheory(GoProgram.Go)]
    [InlineData("1.0.0")]
    [InlineData("2.6.0")]
    [InlineData("3.6.0")]
    public async Task Sarama_transforms_in_transactions(string version)
    {
        var (input, output, group) = await PrepareAsync();

        var lines = await ClientTool.RunAsync(
            await GoProgram.BuildAsync("sarama"), [broker.Bootstrap, version, "transact", input, output, group, $"{Count}"]);

        Assert.Equal(["committed 20 aborted 4"], lines);
        await AssertTransformedAsync(input, output, group);
    }

    [ClientFact(NodeProgram.Node)]
    public async Task Kafkajs_transforms_in_transactions()
    {
        var (input, output, group) = await PrepareAsync();

        Assert.Equal([$"done {Count} aborted true"], await NodeProgram.RunAsync("kafkajs.js", broker.Bootstrap, "transact", input, output, group, $"{Count}"));

        await AssertTransformedAsync(input, output, group);
    }

    [ClientFact(NodeProgram.Node)]
    public async Task Platformatics_client_writes_in_transactions()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);

        Assert.Equal(["transactions 10"], await NodeProgram.RunAsync("platformatic.js", broker.Bootstrap, topic, BrokerFixture.NewName("transact"), "transact"));

        var expected = Enumerable.Range(0, 10).Where(i => i % 5 != 4).SelectMany(i => new[] { $"a {i}", $"b {i}", $"c {i}" });
        Assert.Equal(expected, await ReadCommittedAsync(topic));
    }

    private async Task<(string Input, string Output, string Group)> PrepareAsync()
    {
        var input = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, input, Count, 0);
        return (input, await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1), BrokerFixture.NewName("transact"));
    }

    private async Task AssertTransformedAsync(string input, string output, string group)
    {
        var values = (await ReadCommittedAsync(output)).Select(value => value.Split(' ')).ToList();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"v{i}"), values.Select(words => words[0]));
        Assert.DoesNotContain(values, words => int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) % 5 == 4);
        using var reader = Librdkafka.Consumer(broker.Bootstrap, group, config => config.IsolationLevel = IsolationLevel.ReadCommitted).Build();
        Assert.Equal(Count, reader.Committed([new TopicPartition(input, 0)], Librdkafka.Patience)[0].Offset.Value);
    }

    private async Task<List<string>> ReadCommittedAsync(string topic)
    {
        await Librdkafka.WhenDecidedAsync(broker.Bootstrap, topic, 1);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("reader"), config =>
        {
            config.IsolationLevel = IsolationLevel.ReadCommitted;
            config.EnablePartitionEof = true;
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var read = new List<string>();
        while (consumer.Consume(Librdkafka.Patience) is { IsPartitionEOF: false } result)
            read.Add(result.Message.Value);
        return read;
    }
}
