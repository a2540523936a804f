using System.Net;
using System.Text.Json;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>The past over HTTP, with records in segment files.</summary>
public sealed class TimelineApiTests(HttpFixture fixture) : TimelineContract(fixture.Http, fixture.Bootstrap), IClassFixture<HttpFixture>;

/// <summary>The same with everything in one SQLite file.</summary>
public sealed class SqliteTimelineApiTests(SqliteHttpFixture fixture) : TimelineContract(fixture.Http, fixture.Bootstrap), IClassFixture<SqliteHttpFixture>;

/// <summary>What timelines and states have to tell, wherever journals are.</summary>
public abstract class TimelineContract(HttpClient http, string bootstrap)
{
    [Fact]
    public async Task A_partition_tells_its_election_and_batches_in_pages_that_follow_each_other()
    {
        var topic = await Librdkafka.CreateTopicAsync(bootstrap, 1);
        for (var i = 0; i < 5; i++)
            await Librdkafka.ProduceAsync(bootstrap, topic, 1, partition: 0);
        var (numbers, next, last) = (new List<long>(), (long?)null, 0L);
        do
        {
            var page = await http.ShowAsync($"timeline/partitions/{topic}/0?limit=2{(next is null ? "" : $"&from={next}")}");
            numbers.AddRange(page["events"].Numbers("sequenceNr"));
            (next, last) = (page["next"].ValueKind == JsonValueKind.Null ? null : page["next"].GetInt64(), page["last"].GetInt64());
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(1, 6).Select(number => (long)number), numbers);
        Assert.Equal(6, last);
        var mark = Assert.Single((await http.ShowAsync($"timeline/partitions/{topic}/0?marks=true"))["events"].EnumerateArray());
        Assert.Equal("election", mark.GetProperty("mark").GetString());
    }

    [Fact]
    public async Task A_state_is_that_of_its_moment_and_says_what_the_event_changed()
    {
        var topic = await Librdkafka.CreateTopicAsync(bootstrap, 1);
        for (var i = 0; i < 3; i++)
            await Librdkafka.ProduceAsync(bootstrap, topic, 1, partition: 0);
        // The first event is the leader epoch, so the third one is the second record.
        var third = await http.ShowAsync($"timeline/partitions/{topic}/0/state?at=3");
        Assert.Equal(2, third["state"].GetProperty("highWatermark").GetInt64());
        var change = third["changes"].EnumerateArray().Single(one => one.GetProperty("what").GetString() == "highWatermark");
        Assert.Equal(("1", "2"), (change.GetProperty("before").GetString(), change.GetProperty("after").GetString()));
        Assert.Equal(4, (await http.ShowAsync($"timeline/partitions/{topic}/0/state?at=now"))["sequenceNr"].GetInt64());
        Assert.Equal("OFFSET_OUT_OF_RANGE", (await http.ShowAsync($"timeline/partitions/{topic}/0/state?at=0", HttpStatusCode.BadRequest)).Error);
    }

    [Fact]
    public async Task A_group_tells_its_rebalances_and_how_far_it_was()
    {
        var (topic, group) = (await Librdkafka.CreateTopicAsync(bootstrap, 1), BrokerFixture.NewName("past"));
        await Librdkafka.ProduceAsync(bootstrap, topic, 3, partition: 0);
        using (var consumer = Librdkafka.Consumer(bootstrap, group).Build())
        {
            consumer.Subscribe(topic);
            Librdkafka.Read(consumer, 3);
            consumer.Commit([new TopicPartitionOffset(topic, 0, 2)]);
            consumer.Close();
        }
        var events = (await http.ShowAsync($"timeline/groups/{group}"))["events"];
        Assert.Contains("MemberJoined", events.Strings("event"));
        Assert.Equal("rebalance", events.EnumerateArray().First(one => one.GetProperty("event").GetString() == "RebalanceStarted").GetProperty("mark").GetString());
        var committed = events.EnumerateArray().Single(one => one.GetProperty("event").GetString() == "OffsetsCommitted");
        var state = await http.ShowAsync($"timeline/groups/{group}/state?at={committed.GetProperty("sequenceNr").GetInt64()}");
        Assert.Equal(2, state["state"].GetProperty("offsets").GetProperty($"{topic}/0").GetProperty("offset").GetInt64());
        Assert.Single(state["state"].GetProperty("members").EnumerateObject());
    }

    [Fact]
    public async Task A_topic_has_its_own_part_of_the_registry_and_is_null_before_it_was_made()
    {
        var (first, second) = (await Librdkafka.CreateTopicAsync(bootstrap, 1), await Librdkafka.CreateTopicAsync(bootstrap, 2));
        var made = Assert.Single((await http.ShowAsync($"timeline/topics?topic={second}"))["events"].EnumerateArray()).GetProperty("sequenceNr").GetInt64();
        Assert.Contains(first, (await http.ShowAsync("timeline/topics"))["events"].ToString());
        var now = await http.ShowAsync($"timeline/topics/state?topic={second}&at={made}");
        Assert.Equal(2, now["state"].GetProperty("partitions").GetInt32());
        var before = await http.ShowAsync($"timeline/topics/state?topic={second}&at={made - 1}");
        Assert.Equal(JsonValueKind.Null, before["state"].ValueKind);
    }

    [Theory]
    [InlineData("timeline/groups/nobody", HttpStatusCode.NotFound, "GROUP_ID_NOT_FOUND")]
    [InlineData("timeline/transactions/nobody", HttpStatusCode.NotFound, "TRANSACTIONAL_ID_NOT_FOUND")]
    [InlineData("timeline/groups/nobody/state?at=now", HttpStatusCode.NotFound, "GROUP_ID_NOT_FOUND")]
    [InlineData("timeline/transactions/nobody/state?at=now", HttpStatusCode.NotFound, "TRANSACTIONAL_ID_NOT_FOUND")]
    [InlineData("timeline/topics?topic=nothing", HttpStatusCode.NotFound, "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/topics/state?topic=nothing&at=now", HttpStatusCode.NotFound, "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/topics/state?at=-2147483647d", HttpStatusCode.BadRequest, "OFFSET_OUT_OF_RANGE")]
    [InlineData("timeline/partitions/nothing/0", HttpStatusCode.NotFound, "UNKNOWN_TOPIC_OR_PARTITION")]
    [InlineData("timeline/partitions/nothing/x", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("timeline/topics?limit=1001", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    [InlineData("timeline/topics/state?at=yesterday", HttpStatusCode.BadRequest, "OFFSET_OUT_OF_RANGE")]
    [InlineData("timeline/topics/state", HttpStatusCode.BadRequest, "INVALID_REQUEST")]
    public async Task What_cannot_be_told_is_refused_by_its_name(string path, HttpStatusCode status, string error) =>
        Assert.Equal(error, (await http.ShowAsync(path, status)).Error);

    [Fact]
    public async Task A_topic_that_was_deleted_still_has_a_timeline()
    {
        var topic = await Librdkafka.CreateTopicAsync(bootstrap, 1);
        await http.AskAsync(HttpMethod.Delete, $"topics/{topic}", null, HttpStatusCode.NoContent);
        Assert.Contains("deletion", (await http.ShowAsync($"timeline/topics?topic={topic}"))["events"].Strings("mark"));
    }

    [Fact]
    public async Task Many_questions_at_once_are_all_answered_or_told_to_come_again()
    {
        var topic = await Librdkafka.CreateTopicAsync(bootstrap, 1);
        await Librdkafka.ProduceAsync(bootstrap, topic, 50, partition: 0);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetAsync($"api/timeline/partitions/{topic}/0/state?at=now")));
        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.TooManyRequests }));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
    }
}
