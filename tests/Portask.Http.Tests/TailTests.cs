using System.Text.Json;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Records as they come.</summary>
public sealed class TailTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    [Fact]
    public async Task Records_of_all_partitions_come_as_they_are_produced()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 2);
        await Librdkafka.ProduceAsync(fixture.Bootstrap, topic, 5, partition: 0);
        using var tail = await Tail.OpenAsync(fixture.Http, $"topics/{topic}/tail");
        for (var partition = 0; partition < 2; partition++)
        {
            await Librdkafka.ProduceAsync(fixture.Bootstrap, topic, 1, partition);
            var (name, id, data) = await tail.NextAsync();
            Assert.Equal("message", name);
            Assert.Equal(partition, data.GetProperty("partition").GetInt32());
            Assert.Equal(partition == 0 ? "0:6" : "1:1", id);
        }
    }

    [Fact]
    public async Task A_tail_goes_on_where_another_one_ended_and_shows_only_what_fits()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        await Librdkafka.ProduceAsync(fixture.Bootstrap, topic, 5, partition: 0);
        using var tail = await Tail.OpenAsync(fixture.Http, $"topics/{topic}/tail?from=0:1&key=k3");
        Assert.Equal(3, (await tail.NextAsync()).Data.GetProperty("offset").GetInt32());
    }

    [Fact]
    public async Task A_tail_of_a_topic_that_is_deleted_ends_with_an_error()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        using var tail = await Tail.OpenAsync(fixture.Http, $"topics/{topic}/tail");
        using var admin = Librdkafka.Admin(fixture.Bootstrap);
        await admin.DeleteTopicsAsync([topic]);
        var (name, _, data) = await tail.NextAsync();
        Assert.Equal("error", name);
        Assert.NotEqual("", data.GetProperty("error").GetString());
        await tail.EndAsync();
    }

    [Fact]
    public async Task A_reader_that_does_not_read_holds_back_nothing_and_is_told_what_it_missed()
    {
        var topic = await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1);
        using var tail = await Tail.OpenAsync(fixture.Http, $"topics/{topic}/tail");
        var value = new string('x', 1000);
        using (var producer = Librdkafka.Producer(fixture.Bootstrap, config => config.LingerMs = 50))
        {
            for (var i = 0; i < 60_000; i++)
                producer.Produce(topic, new() { Key = "k", Value = value });
            producer.Flush(TimeSpan.FromSeconds(60));
        }
        // Far more than sockets buffer was produced before the first line is read: the tail has to have let something go.
        string name;
        do
            (name, _, _) = await tail.NextAsync();
        while (name == "message");
        Assert.Equal("skipped", name);
    }

    [Fact]
    public async Task Tails_end_when_the_broker_stops()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.http.port=0");
        using var http = new HttpClient { BaseAddress = broker.Http };
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var tail = await Tail.OpenAsync(http, $"topics/{topic}/tail");
        Assert.Equal(0, await broker.StopAsync());
    }

    /// <summary>Reads server-sent events.</summary>
    private sealed class Tail : IDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly StreamReader _reader;

        private Tail(HttpResponseMessage response, Stream stream) => (_response, _reader) = (response, new StreamReader(stream));

        public static async Task<Tail> OpenAsync(HttpClient http, string path)
        {
            var response = await http.GetAsync("api/" + path, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new(response, await response.Content.ReadAsStreamAsync());
        }

        public async Task<(string Name, string Id, JsonElement Data)> NextAsync()
        {
            var fields = new Dictionary<string, string>();
            while (true)
            {
                var line = await LineAsync() ?? throw new EndOfStreamException();
                if (line.Length == 0 && fields.ContainsKey("data"))
                    return (fields["event"], fields.GetValueOrDefault("id", ""), JsonDocument.Parse(fields["data"]).RootElement);
                if (line.IndexOf(": ", StringComparison.Ordinal) is var colon and > 0)
                    fields[line[..colon]] = line[(colon + 2)..];
            }
        }

        public async Task EndAsync()
        {
            while (await LineAsync() is not null)
            {
            }
        }

        public void Dispose()
        {
            _reader.Dispose();
            _response.Dispose();
        }

        private Task<string?> LineAsync() => _reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }
}
