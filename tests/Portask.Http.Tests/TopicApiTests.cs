using System.Net;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Topics over HTTP: they are the broker's, so what is done here is seen by Kafka clients and the other way round.</summary>
public sealed class TopicApiTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Fact]
    public async Task The_cluster_tells_its_brokers_members_and_shards()
    {
        var cluster = await Wait.ForAsync(() => _http.ShowAsync("cluster"), shown => shown["health"].GetProperty("status").GetString() == "ok");
        var broker = Assert.Single(cluster["brokers"].EnumerateArray());
        Assert.Equal(fixture.Broker.EndPoint.Port, broker.GetProperty("port").GetInt32());
        Assert.Equal("Up", Assert.Single(cluster["members"].Strings("status")));
        Assert.Equal(["topics", "partitions", "groups", "transactions"], cluster["regions"].Strings("name"));
        Assert.False(cluster["restrictions"].GetProperty("readOnly").GetBoolean());
    }

    [Fact]
    public async Task A_topic_is_created_described_altered_and_deleted()
    {
        var name = BrokerFixture.NewName("made");
        var made = await _http.PostAsync("topics", $$$"""{"name":"{{{name}}}","partitions":3,"configs":{"retention.ms":"1000"}}""", HttpStatusCode.Created);
        Assert.Equal(3, made["partitions"].GetInt32());
        using var admin = Librdkafka.Admin(fixture.Bootstrap);
        Assert.Equal(3, admin.GetMetadata(name, Librdkafka.Patience).Topics[0].Partitions.Count);

        Assert.Equal("1000", await ConfigAsync(name, "retention.ms", "topic"));
        var altered = await _http.AskAsync(
            HttpMethod.Patch, $"topics/{name}/configs", """{"set":{"cleanup.policy":"compact"},"delete":["retention.ms"]}""", HttpStatusCode.OK);
        Assert.Equal(name, altered["topic"].GetString());
        Assert.Equal("compact", await ConfigAsync(name, "cleanup.policy", "topic"));
        Assert.Equal("604800000", await ConfigAsync(name, "retention.ms", "default"));

        await _http.PostAsync($"topics/{name}/partitions", """{"count":5}""", HttpStatusCode.NoContent);
        var partitions = await _http.ShowAsync($"topics/{name}/partitions?offset=3&limit=10");
        Assert.Equal(5, partitions["total"].GetInt32());
        Assert.Equal([3, 4], partitions["partitions"].Numbers("partition"));
        Assert.All(partitions["partitions"].Numbers("leader"), leader => Assert.Equal(1, leader));
        Assert.All(partitions["partitions"].Numbers("endOffset"), end => Assert.Equal(0, end));

        await _http.AskAsync(HttpMethod.Delete, $"topics/{name}", null, HttpStatusCode.NoContent);
        Assert.Equal("UNKNOWN_TOPIC_OR_PARTITION", (await _http.ShowAsync($"topics/{name}", HttpStatusCode.NotFound)).Error);
    }

    [Fact]
    public async Task Validate_only_changes_nothing()
    {
        var name = BrokerFixture.NewName("asked");
        await _http.PostAsync("topics", $$$"""{"name":"{{{name}}}","validateOnly":true}""", HttpStatusCode.Created);
        await _http.ShowAsync($"topics/{name}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Topics_are_searched_sorted_and_paged()
    {
        var prefix = BrokerFixture.NewName("listed");
        for (var i = 0; i < 5; i++)
            await _http.PostAsync("topics", $$$"""{"name":"{{{prefix}}}-{{{i}}}","partitions":{{{5 - i}}}}""", HttpStatusCode.Created);
        await Librdkafka.ProduceAsync(fixture.Bootstrap, prefix + "-3", 4, partition: 0);
        var first = await _http.ShowAsync($"topics?search={prefix.ToUpperInvariant()}&limit=2");
        Assert.Equal(5, first["total"].GetInt32());
        Assert.Equal([prefix + "-0", prefix + "-1"], first["topics"].Strings("name"));
        Assert.Equal([prefix + "-4"], (await _http.ShowAsync($"topics?search={prefix}&offset=4&limit=2"))["topics"].Strings("name"));
        Assert.Equal([1, 2, 3, 4, 5], (await _http.ShowAsync($"topics?search={prefix}&sort=partitions"))["topics"].Numbers("partitions"));
        Assert.Equal(prefix + "-3", (await _http.ShowAsync($"topics?search={prefix}&sort=size&order=desc"))["topics"].Strings("name")[0]);
        Assert.Equal(4, (await _http.ShowAsync($"topics?search={prefix}&sort=records&order=desc"))["topics"].Numbers("records")[0]);
        Assert.Equal(prefix + "-4", (await _http.ShowAsync($"topics?search={prefix}&order=desc"))["topics"].Strings("name")[0]);
    }

    [Theory]
    [InlineData("topics?limit=0")]
    [InlineData("topics?limit=1001")]
    [InlineData("topics?offset=-1")]
    [InlineData("topics?limit=many")]
    [InlineData("topics?sort=colour")]
    [InlineData("topics?order=up")]
    [InlineData("groups?sort=colour")]
    [InlineData("rates?minutes=61")]
    public async Task A_query_that_is_not_accepted_is_a_problem(string path) =>
        Assert.Equal("INVALID_REQUEST", (await _http.ShowAsync(path, HttpStatusCode.BadRequest)).Error);

    [Theory]
    [InlineData("{}", "INVALID_REQUEST")]
    [InlineData("""{"name":null}""", "INVALID_REQUEST")]
    [InlineData("""{"name":"a","partitoins":3}""", "INVALID_REQUEST")]
    [InlineData("""{"name":"a","partitions":"3"}""", "INVALID_REQUEST")]
    [InlineData("""{"name":""", "INVALID_REQUEST")]
    [InlineData("""{"name":"no/slash"}""", "INVALID_TOPIC_EXCEPTION")]
    [InlineData("""{"name":"a","partitions":0}""", "INVALID_PARTITIONS")]
    [InlineData("""{"name":"a","partitions":-1}""", "INVALID_PARTITIONS")]
    [InlineData("""{"name":"a","replicationFactor":-1}""", "INVALID_REPLICATION_FACTOR")]
    [InlineData("""{"name":"a","replicationFactor":9}""", "INVALID_REPLICATION_FACTOR")]
    [InlineData("""{"name":"a","configs":{"no.such":"1"}}""", "INVALID_CONFIG")]
    public async Task A_topic_that_cannot_be_is_refused_with_Kafkas_error(string body, string error) =>
        Assert.Equal(error, (await _http.PostAsync("topics", body, HttpStatusCode.BadRequest)).Error);

    [Fact]
    public async Task A_topic_that_exists_is_a_conflict()
    {
        var name = BrokerFixture.NewName("twice");
        await _http.PostAsync("topics", $$$"""{"name":"{{{name}}}"}""", HttpStatusCode.Created);
        Assert.Equal("TOPIC_ALREADY_EXISTS", (await _http.PostAsync("topics", $$$"""{"name":"{{{name}}}"}""", HttpStatusCode.Conflict)).Error);
    }

    [Theory]
    [InlineData("GET", "nothing")]
    [InlineData("DELETE", "topics")]
    [InlineData("GET", "topics/none/partitions")]
    [InlineData("GET", "topics/none/configs")]
    [InlineData("GET", "topics/none/messages")]
    [InlineData("GET", "topics/none/tail")]
    [InlineData("GET", "topics/none/rates")]
    [InlineData("DELETE", "topics/none")]
    [InlineData("GET", "groups/none")]
    [InlineData("DELETE", "groups/none")]
    public async Task What_is_not_there_is_a_problem(string method, string path) =>
        Assert.NotNull((await _http.AskAsync(new HttpMethod(method), path, null, method == "DELETE" && path == "topics" ? HttpStatusCode.MethodNotAllowed : HttpStatusCode.NotFound)).Error);

    [Fact]
    public async Task The_OpenApi_document_has_every_path_with_its_answers()
    {
        var document = await _http.ShowAsync("openapi.json");
        var paths = document["paths"].EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        Assert.Contains("/api/topics/{name}/messages", paths.Keys);
        Assert.Contains("/api/groups/{id}/offsets/reset", paths.Keys);
        Assert.Contains("/api/timeline/partitions/{name}/{partition}/state", paths.Keys);
        foreach (var operation in paths.SelectMany(path => path.Value.EnumerateObject().Select(operation => (path.Key, operation.Name, operation.Value))))
        {
            Assert.True(operation.Value.TryGetProperty("summary", out _), $"{operation.Name} {operation.Key} has no summary");
            var success = operation.Value.GetProperty("responses").EnumerateObject().First(response => response.Name.StartsWith('2'));
            Assert.True(success.Name == "204" || success.Value.TryGetProperty("content", out _), $"{operation.Name} {operation.Key} does not tell its answer");
        }
        // Numbers are numbers: nothing else is read.
        Assert.Equal("integer", document["components"].GetProperty("schemas").GetProperty("TopicPage").GetProperty("properties").GetProperty("total").GetProperty("type").GetString());
    }

    private async Task<string?> ConfigAsync(string topic, string name, string source)
    {
        var configs = await _http.ShowAsync($"topics/{topic}/configs");
        var config = configs["configs"].EnumerateArray().Single(config => config.GetProperty("name").GetString() == name);
        Assert.Equal(source, config.GetProperty("source").GetString());
        return config.GetProperty("value").GetString();
    }
}
