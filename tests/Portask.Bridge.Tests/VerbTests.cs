using System.Net;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Bridge.Tests;

/// <summary><c>portask bridge</c> as a user runs it.</summary>
public sealed class VerbTests(TwoBrokers brokers) : IClassFixture<TwoBrokers>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public async Task It_copies_says_what_it_does_and_ends_with_what_is_on_its_way()
    {
        var topic = await Librdkafka.CreateTopicAsync(brokers.Kafka.Bootstrap, 1);
        await Librdkafka.ProduceAsync(brokers.Kafka.Bootstrap, topic, 100, 0);
        using var port = new ReservedPort();
        Write(topic, "at_least_once", port.Number);
        await using var bridge = Run("bridge", "--config", _file);

        await bridge.WaitForLineAsync(line => line.StartsWith($"{topic} -> copy.{topic} ToPortask state=running records=100 ", StringComparison.Ordinal) && line.Contains(" lag=0 ", StringComparison.Ordinal), Patience);
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"http://localhost:{port.Number}/metrics");
        bridge.Terminate();
        await bridge.Exited.WaitAsync(Patience);

        Assert.True(bridge.ExitCode == 0, bridge.All());
        Assert.Contains($"portask_kafka_messages_consumed_total{{topic=\"{topic}\",client_type=\"sarama\"}} 100\n", metrics, StringComparison.Ordinal);
        Assert.Contains("portask: sarama.version: librdkafka asks each broker for the versions that it serves", bridge.Errors);
        Assert.Equal(100, Copies.ReadAll(brokers.Portask.Bootstrap, $"copy.{topic}", 1).Count);
        Assert.Equal(100, Committed(topic));
    }

    [Fact]
    public async Task Killed_again_and_again_it_copies_every_record_once()
    {
        const int count = 30_000;
        var topic = await Librdkafka.CreateTopicAsync(brokers.Kafka.Bootstrap, 2);
        Write(topic, "exactly_once", 0);
        using var producer = Librdkafka.Producer(brokers.Kafka.Bootstrap, config => config.QueueBufferingMaxMessages = count * 2);
        var seen = 0;
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < count / 3; i++)
                producer.Produce(new TopicPartition(topic, i % 2), new Message<string, string> { Value = $"{round}.{i}" });
            await using var bridge = Run("bridge", "--config", _file);
            // Committed records of this round tell that it is in the middle of its work.
            seen = Copies.Await(brokers.Portask.Bootstrap, $"copy.{topic}", 2, seen + 1).Count;
            await bridge.KillAsync();
        }
        producer.Flush(Patience);
        await using var last = Run("bridge", "--config", _file);
        Copies.Await(brokers.Portask.Bootstrap, $"copy.{topic}", 2, count);
        last.Terminate();
        await last.Exited.WaitAsync(Patience);

        Assert.Equal(Values(brokers.Kafka.Bootstrap, topic), Values(brokers.Portask.Bootstrap, $"copy.{topic}"));
    }

    [Fact]
    public async Task It_translates_a_group()
    {
        var topic = await Librdkafka.CreateTopicAsync(brokers.Kafka.Bootstrap, 1);
        await Librdkafka.ProduceAsync(brokers.Kafka.Bootstrap, topic, 10, 0);
        Write(topic, "at_least_once", 0);
        await using (var bridge = Run("bridge", "--config", _file))
        {
            Copies.Await(brokers.Portask.Bootstrap, $"copy.{topic}", 1, 10);
            bridge.Terminate();
            await bridge.Exited.WaitAsync(Patience);
        }
        var group = BrokerFixture.NewName("mover");
        using (var consumer = Librdkafka.Consumer(brokers.Kafka.Bootstrap, group).Build())
            consumer.Commit([new TopicPartitionOffset(topic, 0, 4)]);

        var said = await ClientTool.RunAsync("dotnet", [Repository.BrokerAssembly, "bridge", "translate", "--config", _file, "--group", group, "--apply"]);
        var unknown = await ClientTool.TryRunAsync("dotnet", [Repository.BrokerAssembly, "bridge", "translate", "--config", _file, "--group", "nobody"]);

        Assert.Equal([$"{topic}[0]@4 -> copy.{topic}[0]@4", $"committed for {group}"], said);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("portask: nobody: nothing that it has committed is copied there", unknown.All, StringComparison.Ordinal);
        using var moved = Librdkafka.Consumer(brokers.Portask.Bootstrap, group).Build();
        Assert.Equal(4, moved.Committed([new TopicPartition($"copy.{topic}", 0)], Librdkafka.Patience)[0].Offset.Value);
    }

    [Theory]
    [InlineData("""{ "client_type": "franz" }""", "portask: unknown Kafka client type: franz; there are sarama and kafka-go")]
    [InlineData("""{ "mirror": { "portask_address": "127.0.0.1:1", "to_portask": ["orders"] } }""", "portask: 127.0.0.1:1: neither a Kafka listener nor the HTTP listener of a node answers there")]
    public async Task What_it_cannot_start_with_is_said_in_one_line(string json, string line)
    {
        await File.WriteAllTextAsync(_file, json);

        var result = await ClientTool.TryRunAsync("dotnet", [Repository.BrokerAssembly, "bridge", "--config", _file]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(line, result.All, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nodes_HTTP_address_leads_to_its_Kafka_listeners()
    {
        using var port = new ReservedPort();
        using var http = new HttpListener();
        http.Prefixes.Add($"http://localhost:{port.Number}/");
        http.Start();
        var answered = Task.Run(async () =>
        {
            var context = await http.GetContextAsync();
            Assert.Equal("/api/cluster", context.Request.Url!.AbsolutePath);
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($$"""{ "clusterId": "portask", "brokers": [ { "id": 1, "host": "127.0.0.1", "port": {{brokers.Portask.EndPoint.Port}}, "isThis": true } ] }"""));
            context.Response.Close();
        });

        Assert.Equal(brokers.Portask.Bootstrap, await Connections.PortaskAddress.ResolveAsync($"localhost:{port.Number}", default));
        await answered;
        Assert.Equal(brokers.Portask.Bootstrap, await Connections.PortaskAddress.ResolveAsync(brokers.Portask.Bootstrap, default));
    }

    public void Dispose() => File.Delete(_file);

    private static RunningProcess Run(params string[] arguments) => RunningProcess.Start("dotnet", [Repository.BrokerAssembly, .. arguments]);

    private static List<string> Values(string bootstrap, string topic) =>
        Copies.ReadAll(bootstrap, topic, 2).ConvertAll(record => $"{record.Partition.Value} {Encoding.UTF8.GetString(record.Message.Value!)}");

    private long Committed(string topic)
    {
        using var consumer = Librdkafka.Consumer(brokers.Kafka.Bootstrap, "verb").Build();
        return consumer.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset.Value;
    }

    private void Write(string topic, string delivery, int metricsPort) => File.WriteAllText(_file, JsonSerializer.Serialize(new
    {
        client_type = "sarama",
        broker_addresses = new[] { brokers.Kafka.Bootstrap },
        topic_prefix = "copy",
        consumer_group = "verb",
        sarama = new { version = "2.6.0" },
        mirror = new { portask_address = brokers.Portask.Bootstrap, to_portask = new[] { topic }, delivery, metrics_port = metricsPort, transaction_records = 500 },
    }));
}
