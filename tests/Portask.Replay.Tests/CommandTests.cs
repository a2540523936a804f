using System.Text.Json.Nodes;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Replay.Tests;

/// <summary><c>portask replay</c> as a user runs it, beside a broker that runs.</summary>
public sealed class CommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Beside_a_broker_on_a_data_directory()
    {
        await using var broker = await BrokerProcess.StartAsync();

        await PlayThroughAsync(broker, ["--data", broker.Data]);
    }

    [Fact]
    public async Task Beside_a_broker_on_PostgreSQL()
    {
        if (!Directory.Exists("/usr/lib/postgresql") && Environment.GetEnvironmentVariable("CI") is null)
            return;
        await using var postgres = await PostgresServer.StartAsync();
        await using var broker = await BrokerProcess.StartAsync(
            null, "portask.journal.sql.provider=PostgreSQL", $"portask.journal.sql.connection-string={postgres.ConnectionString}", "portask.records.journal=sql");

        await PlayThroughAsync(broker, ["--db", postgres.ConnectionString]);
        await SpreadAsync(postgres);
    }

    /// <summary>Records of each partition are found in the one of several databases that the broker put them in.</summary>
    private static async Task SpreadAsync(PostgresServer postgres)
    {
        string[] names = ["control", "records0", "records1"];
        await using (var source = Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString))
        {
            foreach (var name in names)
                await source.CreateCommand($"CREATE DATABASE {name}").ExecuteNonQueryAsync();
        }
        var (control, spread) = (In("control"), $"portask.records.sql.databases={In("records0")},{In("records1")}");
        string[] settings = ["portask.journal.sql.provider=PostgreSQL", $"portask.journal.sql.connection-string={control}", "portask.records.journal=sql", spread];
        await using var broker = await BrokerProcess.StartAsync(null, [.. settings, "portask.topics.num-partitions=8"]);
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        for (var partition = 0; partition < 8; partition++)
            await producer.ProduceAsync(new TopicPartition("spread", partition), new() { Value = "v" });
        string[] where = [.. settings.SelectMany(setting => new[] { "--set", setting })];
        for (var partition = 0; partition < 8; partition += 7)
            Assert.Contains("highWatermark\":1", (await RunAsync(["partition", $"spread/{partition}", "--at", "now", "--format", "json", .. where])).All);
        var verified = await RunAsync(["verify", .. where]);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains("nothing is wrong", verified.All);
        var alone = await RunAsync(["partition", "spread/0", "--db", control]);
        Assert.Equal(2, alone.ExitCode);
        Assert.Contains("records are spread over 2 databases and 0 are named", alone.All);

        string In(string database) => postgres.ConnectionString.Replace("Database=postgres", $"Database={database}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_statuses_tell_clean_from_damaged_from_unreadable()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await ProduceAsync(broker, "orders", ["a", "b", "c"]);
        string[] where = ["--data", broker.Data];
        Assert.Equal(0, (await RunAsync(["verify", .. where])).ExitCode);
        await broker.StopAsync();
        Assert.Equal(0, (await RunAsync(["verify", .. where])).ExitCode);
        var segment = Directory.GetFiles(Path.Combine(broker.Data, "records"), "*.log", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);

        var damaged = await RunAsync(["verify", .. where]);
        var missing = await RunAsync(["verify", "--data", Path.Combine(broker.Data, "nowhere")]);

        Assert.Equal((1, 2), (damaged.ExitCode, missing.ExitCode));
        Assert.Contains(damaged.Output, line => line.Contains("partition orders/0", StringComparison.Ordinal) && line.Contains(segment + " at ", StringComparison.Ordinal));
        Assert.Contains("holds no control.db", missing.All);
    }

    [Fact]
    public async Task What_there_is_not_is_one_line_with_what_there_is()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await ProduceAsync(broker, "orders", ["a"]);
        string[] where = ["--data", broker.Data];

        var partition = await RunAsync(["partition", "order/0", .. where]);
        var moment = await RunAsync(["topics", "--at", "yesterday", .. where]);
        var backwards = await RunAsync(["topics", "--from", "5", "--to", "2", .. where]);
        var offset = await RunAsync(["records", "orders/0", "--from", "first", .. where]);
        var nowhere = await RunAsync(["records", "orders/0", "--to-topic", "again", "--bootstrap", "127.0.0.1:1", .. where]);

        Assert.Equal(2, partition.ExitCode);
        Assert.Contains("portask: no partition order/0 has a journal; there is orders/0", partition.All);
        Assert.Contains("portask: 'yesterday' is no point in time", moment.All);
        Assert.Contains("portask: --from sequence number 5 is behind --to sequence number 2", backwards.All);
        Assert.Contains("portask: 'first' is no point in time; it takes an offset, ISO 8601", offset.All);
        Assert.Equal(2, nowhere.ExitCode);
        Assert.EndsWith("stderr:\nportask: no Kafka broker answers at 127.0.0.1:1 within 5 s", nowhere.All.Trim());
    }

    private static async Task PlayThroughAsync(BrokerProcess broker, string[] where)
    {
        await ProduceAsync(broker, "orders", ["one", "two", "three"]);
        await ConsumeAsync(broker, "orders", "readers", 3);

        var timeline = await RunAsync(["partition", "orders/0", .. where]);
        Assert.Contains(timeline.Output, line => line.EndsWith("leader epoch 0 from offset 0", StringComparison.Ordinal));
        Assert.Contains("highWatermark\":3", (await RunAsync(["partition", "orders/0", "--at", "now", "--format", "json", .. where])).Output.Single());
        Assert.Contains((await RunAsync(["topics", "--from", "-1h", .. where])).Output, line => line.Contains("topic orders created: 1 partition", StringComparison.Ordinal));
        Assert.Contains((await RunAsync(["group", "readers", .. where])).Output, line => line.EndsWith("offsets committed: orders/0 at 3", StringComparison.Ordinal));
        Assert.Contains((await RunAsync(["explain", "group", "readers", .. where])).Output, line => line.Contains("joined (client id test-reader, host /127.0.0.1)", StringComparison.Ordinal));

        var record = JsonNode.Parse((await RunAsync(["explain", "record", "orders/0@1", "--format", "json", .. where])).Output.Single())!;
        Assert.Equal("two", (string?)record["content"]!["value"]);
        Assert.Contains("past it since", (string?)record["groups"]!["readers"]);
        Assert.Contains("producer id", (string?)record["producer"]);

        await PlayAgainAsync(broker, where);
        await FollowAsync(broker, where);
        Assert.Equal(0, (await RunAsync(["verify", .. where])).ExitCode);
    }

    private static async Task PlayAgainAsync(BrokerProcess broker, string[] where)
    {
        var played = await RunAsync(["records", "orders/0", "--from", "1", "--to-topic", "again", "--bootstrap", broker.Bootstrap, "--speed", "1000", .. where]);
        Assert.StartsWith("2 records produced to again", played.Output[^1]);

        var again = (await RunAsync(["records", "again/0", "--format", "json", .. where])).Output.Select(line => JsonNode.Parse(line)!).ToList();
        var original = (await RunAsync(["records", "orders/0", "--from", "1", "--limit", "2", "--format", "json", .. where])).Output.Select(line => JsonNode.Parse(line)!).ToList();
        foreach (var field in new[] { "key", "value", "timestamp" })
            Assert.Equal(original.Select(one => (string?)one[field]), again.Select(one => (string?)one[field]));
        Assert.Equal("""[{"name":"h","value":"1"}]""", again[0]["headers"]!.ToJsonString());
    }

    private static async Task FollowAsync(BrokerProcess broker, string[] where)
    {
        await using var follower = RunningProcess.Start("dotnet", [Repository.BrokerAssembly, "replay", "partition", "orders/0", "--follow", .. where]);
        await follower.WaitForLineAsync(line => line.Contains("offsets 0-2", StringComparison.Ordinal) || line.Contains("at offset 2", StringComparison.Ordinal), Patience);
        await ProduceAsync(broker, "orders", ["four"]);
        await follower.WaitForLineAsync(line => line.Contains("at offset 3", StringComparison.Ordinal), Patience);
        follower.Terminate();
        await follower.Exited.WaitAsync(Patience);
    }

    private static async Task ProduceAsync(BrokerProcess broker, string topic, string[] values)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, EnableIdempotence = true }).Build();
        foreach (var value in values)
            await producer.ProduceAsync(topic, new() { Key = "k", Value = value, Headers = new Headers { { "h", "1"u8.ToArray() } } });
    }

    private static async Task ConsumeAsync(BrokerProcess broker, string topic, string group, int count)
    {
        var config = new ConsumerConfig { BootstrapServers = broker.Bootstrap, GroupId = group, ClientId = "test-reader", AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<string, string>(config).Build();
        consumer.Subscribe(topic);
        await Task.Run(() =>
        {
            for (var left = count; left > 0; left--)
                Assert.NotNull(consumer.Consume(Patience));
            consumer.Commit();
            consumer.Close();
        });
    }

    private static Task<ToolResult> RunAsync(IEnumerable<string> arguments) =>
        ClientTool.TryRunAsync("dotnet", [Repository.BrokerAssembly, "replay", .. arguments]);
}
