using System.Net;
using System.Text;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Records over HTTP.</summary>
public sealed class MessageApiTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Fact]
    public async Task What_is_produced_over_HTTP_is_consumed_by_a_Kafka_client()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        var produced = await _http.PostAsync($"topics/{topic}/messages", """
            {"compression":"zstd","messages":[
              {"key":{"text":"ключ"},"value":{"base64":"AP8="},"headers":[{"name":"lang","value":{"text":"ru"}},{"name":"none"}],"timestampMs":1234567890123},
              {"value":null}]}
            """);
        Assert.Equal([0, 1], produced["messages"].Numbers("offset"));
        Assert.Equal(1234567890123, produced["messages"].Numbers("timestampMs")[0]);
        using var consumer = Librdkafka.Consumer(fixture.Bootstrap, BrokerFixture.NewName("group")).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var read = Librdkafka.Read(consumer, 2);
        Assert.Equal("ключ", read[0].Message.Key);
        Assert.Equal(1234567890123, read[0].Message.Timestamp.UnixTimestampMs);
        Assert.Equal("ru", Encoding.UTF8.GetString(read[0].Message.Headers.GetLastBytes("lang")));
        Assert.Null(read[0].Message.Headers[1].GetValueBytes());
        Assert.Null(read[1].Message.Value);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task What_a_Kafka_client_produced_is_shown_decoded(CompressionType codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        using (var producer = Librdkafka.Producer(fixture.Bootstrap, config => config.CompressionType = codec))
        {
            await producer.ProduceAsync(topic, new Message<string, string> { Key = "k", Value = """{"a":[1]}""", Headers = new Headers { { "h", "v"u8.ToArray() } } });
            await producer.ProduceAsync(topic, new Message<string, string> { Key = null!, Value = new string('x', 500) });
        }
        var page = await _http.ShowAsync($"topics/{topic}/messages?partition=0&maxBytes=100");
        var (first, second) = (page["messages"][0], page["messages"][1]);
        Assert.Equal("json", first.GetProperty("value").GetProperty("format").GetString());
        Assert.Equal("""{"a":[1]}""", first.GetProperty("value").GetProperty("text").GetString());
        Assert.Equal("""{"a":[1]}""", Encoding.UTF8.GetString(first.GetProperty("value").GetProperty("base64").GetBytesFromBase64()));
        Assert.Equal("v", first.GetProperty("headers")[0].GetProperty("value").GetProperty("text").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("key").ValueKind);
        Assert.Equal(500, second.GetProperty("value").GetProperty("size").GetInt32());
        Assert.True(second.GetProperty("value").GetProperty("isCut").GetBoolean());
        Assert.Equal(100, second.GetProperty("value").GetProperty("text").GetString()!.Length);
        Assert.Equal("end", page["ended"].GetString());
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap_and_without_an_overlap()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 3);
        await Librdkafka.ProduceAsync(fixture.Bootstrap, topic, 40);
        var (seen, from, ended) = (new List<string>(), "", "");
        while (ended != "end")
        {
            var page = await _http.ShowAsync($"topics/{topic}/messages?limit=7" + (from.Length > 0 ? "&from=" + Uri.EscapeDataString(from) : ""));
            Assert.True(page["messages"].GetArrayLength() <= 7);
            seen.AddRange(page["messages"].EnumerateArray().Select(message => message.GetProperty("key").GetProperty("text").GetString()!));
            (from, ended) = (page["next"].GetString()!, page["ended"].GetString()!);
        }
        Assert.Equal(40, seen.Count);
        Assert.Equal(40, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_page_begins_at_an_offset_a_time_or_so_many_from_the_end()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        for (var i = 0; i < 10; i++)
            await _http.PostAsync($"topics/{topic}/messages", $$$"""{"messages":[{"value":{"text":"v{{{i}}}"},"timestampMs":{{{1_000_000 + i}}}}]}""");
        async Task<List<long>> OffsetsAsync(string query) => (await _http.ShowAsync($"topics/{topic}/messages?{query}"))["messages"].Numbers("offset");
        Assert.Equal([4, 5], await OffsetsAsync("offset=4&limit=2"));
        Assert.Equal([7, 8, 9], await OffsetsAsync("timestamp=1000007"));
        Assert.Equal([8, 9], await OffsetsAsync("offset=-2"));
        Assert.Equal(10, (await OffsetsAsync("offset=-100")).Count);
        Assert.Empty(await OffsetsAsync("offset=latest"));
        Assert.Empty(await OffsetsAsync("timestamp=2000000"));
        Assert.Equal("OFFSET_OUT_OF_RANGE", (await _http.ShowAsync($"topics/{topic}/messages?offset=11", HttpStatusCode.BadRequest)).Error);
    }

    [Fact]
    public async Task The_newest_of_several_partitions_are_the_newest_of_all()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 2);
        for (var i = 0; i < 6; i++)
            await _http.PostAsync($"topics/{topic}/messages", $$$"""{"messages":[{"partition":{{{(i < 4 ? 0 : 1)}}},"value":{"text":"v{{{i}}}"},"timestampMs":{{{1_000_000 + i}}}}]}""");
        var page = await _http.ShowAsync($"topics/{topic}/messages?offset=-3&limit=3");
        Assert.Equal(["v3", "v4", "v5"], page["messages"].EnumerateArray().Select(message => message.GetProperty("value").GetProperty("text").GetString()));
        Assert.Equal("0:4,1:2", page["next"].GetString());
    }

    [Fact]
    public async Task Records_are_found_by_key_header_and_content()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 2);
        await _http.PostAsync($"topics/{topic}/messages", """
            {"messages":[
              {"key":{"text":"a"},"value":{"text":"one needle"}},
              {"key":{"text":"aa"},"value":{"text":"two"},"headers":[{"name":"trace","value":{"text":"17"}}]},
              {"key":{"text":"b"},"value":{"text":"three"},"headers":[{"name":"trace","value":{"text":"18"}}]}]}
            """);
        async Task<List<string?>> ValuesAsync(string query) =>
            [.. (await _http.ShowAsync($"topics/{topic}/messages?{query}"))["messages"].EnumerateArray().Select(message => message.GetProperty("value").GetProperty("text").GetString())];
        Assert.Equal(["one needle"], await ValuesAsync("key=a"));
        Assert.Equal(["one needle"], await ValuesAsync("contains=needle"));
        Assert.Equal(2, (await ValuesAsync("header=trace")).Count);
        Assert.Equal(["three"], await ValuesAsync("header=trace%3D18"));
        Assert.Empty(await ValuesAsync("header=trace&key=a"));
    }

    [Fact]
    public async Task Under_read_committed_there_is_nothing_of_what_was_aborted_or_is_open()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        using var producer = Librdkafka.Producer(fixture.Bootstrap, config => config.TransactionalId = BrokerFixture.NewName("txn"));
        producer.InitTransactions(Librdkafka.Patience);
        foreach (var (value, end) in new (string, Action?)[]
        {
            ("committed", () => producer.CommitTransaction()), ("aborted", () => producer.AbortTransaction()), ("again", () => producer.CommitTransaction()), ("open", null),
        })
        {
            producer.BeginTransaction();
            await producer.ProduceAsync(new TopicPartition(topic, 0), new Message<string, string> { Key = "k", Value = value });
            end?.Invoke();
        }
        async Task<List<string?>> ValuesAsync(string isolation) =>
            [.. (await _http.ShowAsync($"topics/{topic}/messages?isolation={isolation}"))["messages"].EnumerateArray().Select(message => message.GetProperty("value").GetProperty("text").GetString())];
        Assert.Equal(["committed", "again"], await ValuesAsync("read_committed"));
        Assert.Equal(["committed", "aborted", "again", "open"], await ValuesAsync("read_uncommitted"));
        producer.AbortTransaction();
    }

    [Fact]
    public async Task A_key_goes_where_Java_clients_and_librdkafkas_murmur2_put_it()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 7);
        using var producer = Librdkafka.Producer(fixture.Bootstrap, config => config.Partitioner = Partitioner.Murmur2Random);
        foreach (var key in new[] { "a", "ab", "abc", "abcd", "abcde", "a longer key of many bytes", "ключ" })
        {
            var theirs = await producer.ProduceAsync(topic, new Message<string, string> { Key = key, Value = "v" });
            var ours = await _http.PostAsync($"topics/{topic}/messages", $$$"""{"messages":[{"key":{"text":"{{{key}}}"},"value":{"text":"v"}}]}""");
            Assert.Equal(theirs.Partition.Value, ours["messages"][0].GetProperty("partition").GetInt32());
        }
    }

    [Theory]
    [InlineData("messages?limit=0")]
    [InlineData("messages?limit=501")]
    [InlineData("messages?offset=soon")]
    [InlineData("messages?offset=1&timestamp=2")]
    [InlineData("messages?timestamp=-1")]
    [InlineData("messages?from=0")]
    [InlineData("messages?from=0:1,0:2")]
    [InlineData("messages?from=9:1")]
    [InlineData("messages?isolation=serializable")]
    [InlineData("messages?maxBytes=100000000")]
    [InlineData("tail?isolation=serializable")]
    public async Task A_reading_that_is_not_accepted_is_a_problem(string query)
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        Assert.Equal("INVALID_REQUEST", (await _http.ShowAsync($"topics/{topic}/{query}", HttpStatusCode.BadRequest)).Error);
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "INVALID_REQUEST", HttpStatusCode.BadRequest)]
    [InlineData("""{"messages":[{"value":{"text":"a","base64":"YQ=="}}]}""", "INVALID_REQUEST", HttpStatusCode.BadRequest)]
    [InlineData("""{"messages":[{"value":{"base64":"%"}}]}""", "INVALID_REQUEST", HttpStatusCode.BadRequest)]
    [InlineData("""{"messages":[{"value":{}}]}""", "INVALID_REQUEST", HttpStatusCode.BadRequest)]
    [InlineData("""{"messages":[{"partition":4}]}""", "UNKNOWN_TOPIC_OR_PARTITION", HttpStatusCode.NotFound)]
    [InlineData("""{"messages":[{}],"compression":"rar"}""", "INVALID_REQUEST", HttpStatusCode.BadRequest)]
    public async Task Records_that_cannot_be_are_refused(string body, string error, HttpStatusCode status)
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        Assert.Equal(error, (await _http.PostAsync($"topics/{topic}/messages", body, status)).Error);
    }

    [Fact]
    public async Task A_record_that_is_too_large_gets_Kafkas_error()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1, new() { ["max.message.bytes"] = "1000" });
        var body = $$$"""{"messages":[{"value":{"text":"{{{new string('x', 2000)}}}"}}]}""";
        Assert.Equal("MESSAGE_TOO_LARGE", (await _http.PostAsync($"topics/{topic}/messages", body, HttpStatusCode.RequestEntityTooLarge)).Error);
    }
}
