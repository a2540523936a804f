using System.Net;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Groups over HTTP.</summary>
public sealed class GroupApiTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Fact]
    public async Task A_group_shows_its_members_with_what_they_read_and_how_far_they_are()
    {
        var (topic, group) = await PrepareAsync(partitions: 2, records: 10, committed: 4);
        using var consumer = Librdkafka.Consumer(fixture.Bootstrap, group, config => config.ClientId = "the-client").Build();
        consumer.Subscribe(topic);
        Librdkafka.Read(consumer, 1);
        var shown = await _http.ShowAsync($"groups/{group}");
        Assert.Equal("Stable", shown["state"].GetString());
        var member = Assert.Single(shown["members"].EnumerateArray());
        Assert.Equal("the-client", member.GetProperty("clientId").GetString());
        Assert.Equal(topic, member.GetProperty("subscription")[0].GetString());
        Assert.Equal([0, 1], member.GetProperty("assignment")[0].GetProperty("partitions").EnumerateArray().Select(partition => partition.GetInt32()));
        Assert.Equal([0, 1], shown["offsets"].Numbers("partition"));
        var first = shown["offsets"][0];
        Assert.Equal(4, first.GetProperty("committed").GetInt64());
        Assert.Equal(10, first.GetProperty("end").GetInt64());
        Assert.Equal(6, first.GetProperty("lag").GetInt64());
        Assert.Equal(member.GetProperty("memberId").GetString(), first.GetProperty("member").GetString());
        consumer.Close();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2F/..")]
    public async Task An_id_that_no_path_holds_stands_in_the_query(string id)
    {
        var (topic, _) = await PrepareAsync(1, 10, 2);
        Commit(id, topic, 3);
        var inQuery = $"id={Uri.EscapeDataString(id)}";
        Assert.Equal(id, (await _http.ShowAsync($"groups/-?{inQuery}"))["id"].GetString());
        Assert.Equal(1, (await _http.ShowAsync($"timeline/groups/-?limit=1&{inQuery}"))["first"].GetInt32());
        // A name in the path is what it says, and a dash without anything in the query is a dash.
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"api/groups/none?{inQuery}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("api/groups/-")).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"api/groups/-?{inQuery}") { Headers = { { "X-Portask", "test" } } };
        Assert.Equal(HttpStatusCode.NoContent, (await _http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Groups_are_searched_and_sorted_by_lag()
    {
        var (topic, behind) = await PrepareAsync(1, 10, 2);
        var near = behind + "-near";
        Commit(near, topic, 9);
        var page = await Wait.ForAsync(() => _http.ShowAsync($"groups?search={behind}&sort=lag&order=desc"), page => page["total"].GetInt32() == 2);
        Assert.Equal([behind, near], page["groups"].Strings("id"));
        Assert.Equal([8, 1], page["groups"].Numbers("lag"));
        Assert.Empty(page["unread"].EnumerateArray());
        Assert.Equal([near], (await _http.ShowAsync($"groups?search={behind}&sort=lag&limit=1"))["groups"].Strings("id"));
        Assert.Equal(0, (await _http.ShowAsync($"groups?search={behind}&state=Stable"))["total"].GetInt32());
        var consumers = (await _http.ShowAsync($"topics/{topic}"))["consumers"];
        Assert.Equal([behind, near], consumers.Strings("group"));
    }

    [Theory]
    [InlineData("""{"to":"earliest"}""", 0)]
    [InlineData("""{"to":"latest"}""", 10)]
    [InlineData("""{"to":"offset","value":7}""", 7)]
    [InlineData("""{"to":"offset","value":99}""", 10)]
    [InlineData("""{"to":"shift","value":-1}""", 3)]
    [InlineData("""{"to":"shift","value":-9223372036854775808}""", 0)]
    [InlineData("""{"to":"shift","value":9223372036854775807}""", 10)]
    [InlineData("""{"to":"timestamp","value":0}""", 0)]
    [InlineData("""{"to":"timestamp","value":99999999999999}""", 10)]
    public async Task A_reset_does_what_its_preview_said(string reset, long target)
    {
        var (topic, group) = await PrepareAsync(1, 10, 4);
        var preview = (await _http.PostAsync($"groups/{group}/offsets/preview", reset))["changes"][0];
        Assert.Equal(4, preview.GetProperty("current").GetInt64());
        Assert.Equal(target, preview.GetProperty("target").GetInt64());
        Assert.Equal(6, preview.GetProperty("lagBefore").GetInt64());
        Assert.Equal(10 - target, preview.GetProperty("lagAfter").GetInt64());
        Assert.Equal(4, Committed(group, topic));
        await _http.PostAsync($"groups/{group}/offsets/reset", reset);
        Assert.Equal(target, Committed(group, topic));
    }

    [Fact]
    public async Task A_reset_takes_the_offsets_of_a_preview_and_partitions_that_have_none_yet()
    {
        var (topic, group) = await PrepareAsync(2, 10, 4);
        var scoped = await _http.PostAsync($"groups/{group}/offsets/preview", $$$"""{"to":"latest","scope":[{"topic":"{{{topic}}}"}]}""");
        Assert.Equal([0, 1], scoped["changes"].Numbers("partition"));
        await _http.PostAsync($"groups/{group}/offsets/reset", $$$"""{"offsets":[{"topic":"{{{topic}}}","partition":0,"offset":1}]}""");
        Assert.Equal(1, Committed(group, topic));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"to":"yesterday"}""")]
    [InlineData("""{"to":"offset"}""")]
    [InlineData("""{"to":"offset","value":-1}""")]
    [InlineData("""{"to":"earliest","value":1}""")]
    [InlineData("""{"to":"earliest","offsets":[]}""")]
    public async Task A_reset_that_is_not_accepted_is_a_problem(string reset)
    {
        var (_, group) = await PrepareAsync(1, 1, 1);
        Assert.Equal("INVALID_REQUEST", (await _http.PostAsync($"groups/{group}/offsets/preview", reset, HttpStatusCode.BadRequest)).Error);
    }

    [Fact]
    public async Task A_reset_of_what_is_not_there_changes_nothing_at_all()
    {
        var (topic, group) = await PrepareAsync(1, 10, 4);
        var reset = $$$"""{"offsets":[{"topic":"{{{topic}}}","partition":0,"offset":1},{"topic":"{{{topic}}}","partition":7,"offset":1}]}""";
        var preview = await _http.PostAsync($"groups/{group}/offsets/preview", reset);
        Assert.Equal("UNKNOWN_TOPIC_OR_PARTITION", preview["changes"][1].GetProperty("error").GetString());
        await _http.PostAsync($"groups/{group}/offsets/reset", reset, HttpStatusCode.BadRequest);
        Assert.Equal(4, Committed(group, topic));
    }

    [Fact]
    public async Task A_group_with_members_is_neither_reset_nor_deleted()
    {
        var (topic, group) = await PrepareAsync(1, 10, 4);
        using var consumer = Librdkafka.Consumer(fixture.Bootstrap, group).Build();
        consumer.Subscribe(topic);
        Librdkafka.Read(consumer, 1);
        Assert.False((await _http.PostAsync($"groups/{group}/offsets/preview", """{"to":"earliest"}"""))["canApply"].GetBoolean());
        Assert.Equal("NON_EMPTY_GROUP", (await _http.PostAsync($"groups/{group}/offsets/reset", """{"to":"earliest"}""", HttpStatusCode.Conflict)).Error);
        Assert.Equal("NON_EMPTY_GROUP", (await _http.AskAsync(HttpMethod.Delete, $"groups/{group}", null, HttpStatusCode.Conflict)).Error);
        consumer.Close();
    }

    [Fact]
    public async Task Offsets_and_groups_are_deleted()
    {
        var (topic, group) = await PrepareAsync(1, 1, 1, "slash/and space");
        var id = Uri.EscapeDataString(group);
        await _http.AskAsync(HttpMethod.Delete, $"groups/{id}/offsets?topic={topic}&partition=0", null, HttpStatusCode.NoContent);
        Assert.Equal(0, (await _http.ShowAsync($"groups/{id}"))["offsets"].GetArrayLength());
        await _http.AskAsync(HttpMethod.Delete, $"groups/{id}", null, HttpStatusCode.NoContent);
        Assert.Equal("GROUP_ID_NOT_FOUND", (await _http.ShowAsync($"groups/{id}", HttpStatusCode.NotFound)).Error);
    }

    [Fact]
    public async Task Lag_and_traffic_are_kept_for_charts()
    {
        var (topic, group) = await PrepareAsync(1, 10, 4);
        var lag = await Wait.ForAsync(() => _http.ShowAsync($"groups/{group}/lag?minutes=1"), lag => lag["partitions"].GetArrayLength() > 0);
        Assert.Equal(6, lag["partitions"][0].GetProperty("lag").EnumerateArray().Last().GetDouble());
        var rates = await Wait.ForAsync(() => _http.ShowAsync($"topics/{topic}/rates"), rates => rates["isKept"].GetBoolean());
        Assert.Equal(360, rates["recordsIn"].GetArrayLength());
        Assert.Contains(rates["recordsIn"].EnumerateArray(), value => value.ValueKind != System.Text.Json.JsonValueKind.Null && value.GetDouble() > 0);
    }

    /// <summary>A topic with so many records in each partition, and a group that has an offset in the first one.</summary>
    private async Task<(string Topic, string Group)> PrepareAsync(int partitions, int records, long committed, string prefix = "group")
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, partitions);
        for (var partition = 0; partition < partitions; partition++)
            await Librdkafka.ProduceAsync(fixture.Bootstrap, topic, records, partition);
        var group = BrokerFixture.NewName(prefix);
        Commit(group, topic, committed);
        return (topic, group);
    }

    private void Commit(string group, string topic, long offset)
    {
        using var consumer = Librdkafka.Consumer(fixture.Bootstrap, group).Build();
        consumer.Commit([new TopicPartitionOffset(topic, 0, offset)]);
    }

    private long Committed(string group, string topic)
    {
        using var consumer = Librdkafka.Consumer(fixture.Bootstrap, group).Build();
        return consumer.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset.Value;
    }
}

