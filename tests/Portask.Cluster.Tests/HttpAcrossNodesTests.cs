using System.Net;
using System.Text.Json;
using Confluent.Kafka;
using Npgsql;
using Portask.Cluster.Tests.Harness;

namespace Portask.Cluster.Tests;

/// <summary>The HTTP API of each node tells of the whole cluster, whoever leads or coordinates what is asked for.</summary>
public sealed class HttpAcrossNodesTests : IAsyncLifetime
{
    private readonly string _settings = Path.GetTempFileName();
    private TestCluster? _cluster;

    private TestCluster Cluster => _cluster!;

    public async Task InitializeAsync()
    {
        if (!ClientTool.IsInstalled("psql"))
            return;
        _cluster = await TestCluster.PrepareAsync(3, "--set", "portask.http.port=0");
        // Records of two databases, so that timelines have to be looked for where they are.
        var databases = new List<string>();
        await using (var source = NpgsqlDataSource.Create(Cluster.Postgres.ConnectionString))
        {
            foreach (var name in new[] { "first", "second" })
            {
                await using var create = source.CreateCommand($"CREATE DATABASE {name}");
                await create.ExecuteNonQueryAsync();
                databases.Add(Cluster.Postgres.ConnectionString.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal));
            }
        }
        await File.WriteAllTextAsync(_settings, $"portask.records.sql.databases = [{string.Join(',', databases.Select(database => $"\"{database}\""))}]");
        foreach (var node in Cluster.Nodes)
            node.Launch("--config", _settings);
        await Task.WhenAll(Cluster.Nodes.Select(node => node.WhenReadyAsync()));
        await Cluster.WhenAllSeeAsync(3);
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        File.Delete(_settings);
    }

    [ClientFact("psql")]
    public async Task Every_node_tells_and_does_the_same()
    {
        var topic = await Cluster.CreateTopicAsync(6);
        var leaders = await Cluster.WhenLedAsync(topic);
        Assert.True(leaders.Distinct().Count() > 1, "partitions of one node only would show nothing");
        await Librdkafka.ProduceAsync(Cluster.Bootstrap, topic, 60);
        var single = await Cluster.CreateTopicAsync(1);
        await Librdkafka.ProduceAsync(Cluster.Bootstrap, single, 1);
        var groups = Enumerable.Range(0, 6).Select(_ => BrokerFixture.NewName("group")).ToList();
        foreach (var group in groups)
        {
            using var consumer = Librdkafka.Consumer(Cluster.Bootstrap, group).Build();
            consumer.Commit(Enumerable.Range(0, 6).Select(partition => new TopicPartitionOffset(topic, partition, 1)));
        }
        var controllers = new List<int>();
        foreach (var node in Cluster.Nodes)
        {
            using var http = new HttpClient { BaseAddress = node.Http };
            // What was asked of other nodes within the last second stands, so what came meanwhile is seen after it.
            await TestCluster.EventuallyAsync(
                async () => Sums(await GetAsync(http, $"api/topics?search={topic}")) == (60, 0)
                    && !groups.Except((await GroupsAsync(http)).Keys).Any(),
                () => $"node {node.Number} does not know all records and groups");
            var cluster = await GetAsync(http, "api/cluster");
            controllers.Add(cluster.GetProperty("controllerId").GetInt32());
            Assert.Equal(node.BrokerId, cluster.GetProperty("nodeId").GetInt32());
            Assert.Equal(node.BrokerId, cluster.GetProperty("brokers").EnumerateArray().Single(broker => broker.GetProperty("isThis").GetBoolean()).GetProperty("id").GetInt32());
            var partitions = (await GetAsync(http, $"api/topics/{topic}/partitions")).GetProperty("partitions").EnumerateArray().ToList();
            Assert.Equal(leaders, partitions.Select(partition => partition.GetProperty("leader").GetInt32()));
            Assert.Equal(60, partitions.Sum(partition => partition.GetProperty("endOffset").GetInt64()));
            Assert.All(partitions, partition =>
            {
                Assert.Equal(3, partition.GetProperty("inSyncReplicas").GetArrayLength());
                Assert.True(partition.GetProperty("sizeBytes").GetInt64() > 0 || partition.GetProperty("endOffset").GetInt64() == 0);
            });
            var whole = (await GetAsync(http, $"api/topics/{topic}")).GetProperty("topic");
            Assert.Equal((60, 0), (whole.GetProperty("records").GetInt64(), whole.GetProperty("notRunning").GetInt32()));
            Assert.Equal(60, (await GetAsync(http, $"api/topics/{topic}/messages?limit=100")).GetProperty("messages").GetArrayLength());
            await GroupsAsync(http, topic, groups);
            await TimelineAsync(http, topic, groups[0]);
        }
        Assert.InRange(Assert.Single(controllers.Distinct()), 1, 3);
        await ChangeAsync(topic, groups);
        await TrafficAsync(single);
        await SumsAsync(topic, 66);
        var silent = Cluster.NodeOf(leaders.First(leader => leader != Cluster.Nodes[0].BrokerId));
        // Of partitions that it does not lead.
        foreach (var group in groups)
        {
            using var consumer = Librdkafka.Consumer(Cluster.Bootstrap, group).Build();
            consumer.Commit(leaders.Select((leader, partition) => (leader, partition)).Where(led => led.leader != silent.BrokerId)
                .Select(led => new TopicPartitionOffset(topic, led.partition, 1)));
        }
        await SilenceAsync(topic, 66, groups, silent);
    }

    /// <summary>Every node tells traffic of which all but one have seen nothing.</summary>
    private async Task TrafficAsync(string single)
    {
        var silent = Cluster.Nodes.ToList();
        await TestCluster.EventuallyAsync(
            async () =>
            {
                await Librdkafka.ProduceAsync(Cluster.Bootstrap, single, 1, partition: 0);
                foreach (var node in silent.ToList())
                {
                    using var http = new HttpClient { BaseAddress = node.Http };
                    if ((await GetAsync(http, $"api/topics/{single}/rates")).GetProperty("recordsIn").EnumerateArray().Any(IsSome)
                        && (await GetAsync(http, "api/rates")).GetProperty("recordsIn").EnumerateArray().Any(IsSome))
                        silent.Remove(node);
                }
                return silent.Count == 0;
            },
            () => $"no traffic on nodes {string.Join(' ', silent.Select(node => node.Number))}");
        static bool IsSome(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.GetDouble() > 0;
    }

    /// <summary>Every node lists what all of them hold.</summary>
    private async Task SumsAsync(string topic, int records)
    {
        foreach (var node in Cluster.Nodes)
        {
            using var http = new HttpClient { BaseAddress = node.Http };
            var page = default(JsonElement);
            await TestCluster.EventuallyAsync(
                async () => Sums(page = await GetAsync(http, $"api/topics?search={topic}")) == (records, 0) && page.GetProperty("unread").GetArrayLength() == 0,
                () => $"node {node.Number} lists {page}");
            var partitions = (await GetAsync(http, $"api/topics/{topic}/partitions")).GetProperty("partitions").EnumerateArray();
            Assert.Equal(partitions.Sum(partition => partition.GetProperty("sizeBytes").GetInt64()), page.GetProperty("topics")[0].GetProperty("sizeBytes").GetInt64());
        }
    }

    /// <summary>While a broker stands still, lists are answered and name it.</summary>
    private async Task SilenceAsync(string topic, int records, List<string> groups, ClusterNode silent)
    {
        using var http = new HttpClient { BaseAddress = Cluster.Nodes[0].Http };
        var ids = await TransactionalIdsAsync();
        silent.Signal("STOP");
        var (transactions, topics, listing) = (GetAsync(http, "api/transactions?limit=1000"), default(JsonElement), default(JsonElement));
        var groupsNameIt = TestCluster.EventuallyAsync(
            async () => Unread(listing = await GetAsync(http, "api/groups?limit=1000")).Contains(silent.BrokerId),
            () => $"broker {silent.BrokerId} stands still, and {listing}");
        await TestCluster.EventuallyAsync(
            async () => Unread(topics = await GetAsync(http, $"api/topics?search={topic}")).Contains(silent.BrokerId),
            () => $"broker {silent.BrokerId} stands still, and {topics}");

        // What it held stands.
        Assert.Equal((records, 0), Sums(topics));
        Assert.Equal([silent.BrokerId], Unread(await transactions));
        await groupsNameIt;
        // Of the groups that others coordinate all is known: it leads nothing of what they read.
        var lags = listing.GetProperty("groups").EnumerateArray().Where(group => groups.Contains(group.GetProperty("id").GetString()!)).ToList();
        Assert.NotEmpty(lags);
        Assert.All(lags, group => Assert.Equal(JsonValueKind.Number, group.GetProperty("lag").ValueKind));
        var listed = (await transactions).GetProperty("transactions").EnumerateArray().Select(one => one.GetProperty("id").GetString()).ToList();
        Assert.NotEmpty(listed);
        Assert.Subset(ids.ToHashSet(), listed.ToHashSet());
    }

    /// <summary>Transactional ids, as many that every node coordinates some.</summary>
    private async Task<string?[]> TransactionalIdsAsync()
    {
        var ids = Enumerable.Range(0, 6).Select(_ => BrokerFixture.NewName("tx")).ToArray();
        await Task.WhenAll(ids.Select(id => Task.Run(() =>
        {
            using var producer = Librdkafka.Producer(Cluster.Bootstrap, config => config.TransactionalId = id);
            producer.InitTransactions(Librdkafka.Patience);
        })));
        return ids;
    }

    private static (long Records, int NotRunning) Sums(JsonElement page) =>
        (page.GetProperty("topics")[0].GetProperty("records").GetInt64(), page.GetProperty("topics")[0].GetProperty("notRunning").GetInt32());

    private static IEnumerable<int> Unread(JsonElement page) => page.GetProperty("unread").EnumerateArray().Select(id => id.GetInt32());

    private async Task ChangeAsync(string topic, List<string> groups)
    {
        using var http = new HttpClient { BaseAddress = Cluster.Nodes[0].Http };
        for (var partition = 0; partition < 6; partition++)
        {
            var tail = await http.GetAsync($"api/topics/{topic}/tail?partition={partition}", HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await tail.Content.ReadAsStreamAsync());
            var produced = await PostAsync(http, $"api/topics/{topic}/messages", $$$"""{"messages":[{"partition":{{{partition}}},"value":{"text":"new"}}]}""");
            Assert.Equal(partition, produced.GetProperty("messages")[0].GetProperty("partition").GetInt32());
            string? line;
            do
                line = await reader.ReadLineAsync().WaitAsync(TestCluster.Patience);
            while (line is not null && !line.StartsWith("data: ", StringComparison.Ordinal));
            Assert.Equal(partition, JsonDocument.Parse(line!["data: ".Length..]).RootElement.GetProperty("partition").GetInt32());
        }
        foreach (var group in groups)
        {
            var plan = await PostAsync(http, $"api/groups/{group}/offsets/reset", """{"to":"earliest"}""");
            Assert.All(plan.GetProperty("changes").EnumerateArray(), change => Assert.Equal(0, change.GetProperty("target").GetInt64()));
            using var deleted = await http.SendAsync(new(HttpMethod.Delete, $"api/groups/{group}") { Headers = { { "X-Portask", "test" } } });
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }
    }

    private static async Task GroupsAsync(HttpClient http, string topic, List<string> groups)
    {
        var listed = await GroupsAsync(http);
        foreach (var group in groups)
        {
            Assert.Equal(await LagAsync(http, group), listed[group]);
            var shown = await GetAsync(http, $"api/groups/{group}");
            Assert.Equal("Empty", shown.GetProperty("state").GetString());
            Assert.Equal(6, shown.GetProperty("offsets").GetArrayLength());
            Assert.All(shown.GetProperty("offsets").EnumerateArray(), offset =>
            {
                Assert.Equal(topic, offset.GetProperty("topic").GetString());
                Assert.Equal(1, offset.GetProperty("committed").GetInt64());
            });
        }
    }

    /// <summary>All groups with their lag.</summary>
    private static async Task<Dictionary<string, long>> GroupsAsync(HttpClient http) =>
        (await GetAsync(http, "api/groups?limit=1000")).GetProperty("groups").EnumerateArray()
        .ToDictionary(group => group.GetProperty("id").GetString()!, group => group.GetProperty("lag").GetInt64());

    private static async Task TimelineAsync(HttpClient http, string topic, string group)
    {
        for (var partition = 0; partition < 6; partition++)
        {
            var elections = (await GetAsync(http, $"api/timeline/partitions/{topic}/{partition}?marks=true")).GetProperty("events");
            Assert.Equal("election", elections[0].GetProperty("mark").GetString());
        }
        var state = await GetAsync(http, $"api/timeline/groups/{group}/state?at=now");
        Assert.Equal(1, state.GetProperty("state").GetProperty("offsets").GetProperty($"{topic}/0").GetProperty("offset").GetInt64());
    }

    private static async Task<long> LagAsync(HttpClient http, string group) => (await GetAsync(http, $"api/groups/{group}")).GetProperty("lag").GetInt64();

    private static async Task<JsonElement> GetAsync(HttpClient http, string path) => await ReadAsync(path, await http.GetAsync(path));

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, string json) =>
        await ReadAsync(path, await http.PostAsync(path, new StringContent(json, System.Text.Encoding.UTF8, "application/json")));

    private static async Task<JsonElement> ReadAsync(string path, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
