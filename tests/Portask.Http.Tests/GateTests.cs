using System.Net;
using System.Text;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>What is refused whoever asks: changes from foreign pages, changes in read-only mode, contents that are hidden.</summary>
public sealed class GateTests
{
    private static readonly (HttpMethod Method, string Path, string? Body)[] Changes =
    [
        (HttpMethod.Post, "topics", """{"name":"made"}"""),
        (HttpMethod.Delete, "topics/kept", null),
        (HttpMethod.Post, "topics/kept/partitions", """{"count":9}"""),
        (HttpMethod.Patch, "topics/kept/configs", """{"set":{"retention.ms":"1"}}"""),
        (HttpMethod.Post, "topics/kept/messages", """{"messages":[{}]}"""),
        (HttpMethod.Delete, "groups/kept", null),
        (HttpMethod.Delete, "groups/kept/offsets?topic=kept", null),
        (HttpMethod.Post, "groups/kept/offsets/reset", """{"to":"earliest"}"""),
    ];

    [Fact]
    public async Task Read_only_refuses_every_change_and_shows_everything()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0", "portask.http.read-only=true");
        using var http = await PrepareAsync(broker);
        foreach (var (method, path, body) in Changes)
            Assert.Contains("read-only", (await http.AskAsync(method, path, body, HttpStatusCode.Forbidden))["detail"].GetString());
        Assert.Equal(["kept"], (await http.ShowAsync("topics"))["topics"].Strings("name"));
        Assert.Equal(1, (await http.ShowAsync("topics/kept/messages"))["messages"].GetArrayLength());
        Assert.Equal(1, (await http.PostAsync("groups/kept/offsets/preview", """{"to":"earliest"}"""))["changes"].GetArrayLength());
        Assert.True((await http.ShowAsync("cluster"))["restrictions"].GetProperty("readOnly").GetBoolean());
    }

    [Fact]
    public async Task A_foreign_page_changes_nothing()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0");
        using var http = await PrepareAsync(broker);
        foreach (var (method, path, body) in Changes)
        {
            using var request = new HttpRequestMessage(method, "api/" + path);
            // What a form can send without asking the server first.
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "api/topics/kept");
        preflight.Headers.Add("Origin", "http://attacker.example");
        preflight.Headers.Add("Access-Control-Request-Method", "DELETE");
        using var answer = await http.SendAsync(preflight);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["kept"], (await http.ShowAsync("topics"))["topics"].Strings("name"));
    }

    [Fact]
    public async Task Hidden_messages_show_sizes_and_cannot_be_searched()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0", "portask.http.hide-messages=true");
        using var http = await PrepareAsync(broker);
        using var response = await http.GetAsync("api/topics/kept/messages");
        var text = await response.Content.ReadAsStringAsync();
        var message = System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("messages")[0];
        Assert.Equal(2, message.GetProperty("key").GetProperty("size").GetInt32());
        Assert.Equal("hidden", message.GetProperty("value").GetProperty("format").GetString());
        Assert.DoesNotContain("k0", text);
        Assert.DoesNotContain("v0", text);
        Assert.DoesNotContain(Convert.ToBase64String("v0"u8), text);
        foreach (var query in new[] { "key=k0", "contains=v", "header=h" })
        {
            await http.ShowAsync("topics/kept/messages?" + query, HttpStatusCode.Forbidden);
            await http.ShowAsync("topics/kept/tail?" + query, HttpStatusCode.Forbidden);
        }
    }

    /// <summary>A topic, a record and a group, all named kept.</summary>
    private static async Task<HttpClient> PrepareAsync(BrokerProcess broker)
    {
        await Librdkafka.ProduceAsync(broker.Bootstrap, "kept", 1);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, "kept").Build();
        consumer.Commit([new("kept", 0, 1)]);
        return new HttpClient { BaseAddress = broker.Http };
    }
}
