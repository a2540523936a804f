using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>What Prometheus is told.</summary>
public sealed partial class MetricsTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Fact]
    public async Task Records_are_counted_by_topic_on_their_way_in_and_out()
    {
        var topic = BrokerFixture.NewName("counted");
        await ProduceAsync(topic, 30);
        await ConsumeAsync(topic, "counting-" + topic, 20);
        var labels = $"{{topic=\"{topic}\",client_type=\"broker\"}}";
        var metrics = await Wait.ForAsync(
            () => Metrics.ScrapeAsync(_http), metrics => metrics.Find($"kafka_consumergroup_lag{{consumergroup=\"counting-{topic}\",topic=\"{topic}\",partition=\"0\"}}") is not null);
        Assert.Equal(30, metrics["portask_kafka_messages_produced_total" + labels]);
        Assert.Equal(30, metrics["portask_kafka_messages_consumed_total" + labels]);
        Assert.True(metrics["portask_kafka_produced_bytes_total" + labels] > 30);
        Assert.True(metrics["portask_kafka_produce_duration_seconds_count" + labels] > 0);
        Assert.True(metrics["portask_kafka_consume_duration_seconds_sum" + labels] > 0);
        Assert.Equal(30, metrics[$"kafka_topic_partition_current_offset{{topic=\"{topic}\",partition=\"0\"}}"]);
        Assert.Equal(0, metrics[$"kafka_topic_partition_oldest_offset{{topic=\"{topic}\",partition=\"0\"}}"]);
        Assert.Equal(1, metrics[$"kafka_topic_partition_leader{{topic=\"{topic}\",partition=\"0\"}}"]);
        var group = $"consumergroup=\"counting-{topic}\",topic=\"{topic}\"";
        Assert.Equal(20, metrics[$"kafka_consumergroup_current_offset{{{group},partition=\"0\"}}"]);
        Assert.Equal(10, metrics[$"kafka_consumergroup_lag{{{group},partition=\"0\"}}"]);
        Assert.Equal(10, metrics[$"kafka_consumergroup_lag_sum{{{group}}}"]);
    }

    [Fact]
    public async Task Errors_are_counted_by_their_names()
    {
        const string Series = "portask_request_errors_total{api=\"DeleteTopics\",error=\"UNKNOWN_TOPIC_OR_PARTITION\"}";
        var before = (await Metrics.ScrapeAsync(_http)).Find(Series) ?? 0;
        using var admin = Librdkafka.Admin(fixture.Bootstrap);
        await Assert.ThrowsAsync<DeleteTopicsException>(() => admin.DeleteTopicsAsync([BrokerFixture.NewName("none"), BrokerFixture.NewName("none")]));
        Assert.Equal(before + 2, (await Metrics.ScrapeAsync(_http))[Series]);
    }

    [Fact]
    public async Task Series_do_not_grow_with_topics_groups_and_keys_that_come_and_go()
    {
        var kept = BrokerFixture.NewName("kept");
        await ProduceAsync(kept, 1);
        using var admin = Librdkafka.Admin(fixture.Bootstrap);
        async Task<HashSet<string>> SeriesAsync() => [.. (await Metrics.ScrapeAsync(_http)).Series.Where(series => !series.Contains("error=", StringComparison.Ordinal))];
        for (var round = 0; round < 3; round++)
        {
            var topic = BrokerFixture.NewName("gone");
            await ProduceAsync(topic, 5);
            await ConsumeAsync(topic, "gone-" + topic, 5);
            await Wait.ForAsync(SeriesAsync, series => series.Any(one => one.Contains("gone-" + topic, StringComparison.Ordinal)));
            await admin.DeleteTopicsAsync([topic]);
            await admin.DeleteGroupsAsync(["gone-" + topic]);
            await AskUnknownKeyAsync((short)(1000 + round));
            await Wait.ForAsync(SeriesAsync, series => !series.Any(one => one.Contains("gone", StringComparison.Ordinal)));
        }
        Assert.Contains((await SeriesAsync()), series => series.Contains(kept, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_dashboard_asks_for_nothing_that_is_not_there()
    {
        var dashboard = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docker", "grafana-dashboard.json"));
        var asked = MetricName().Matches(dashboard).Select(match => match.Value).ToHashSet();
        Assert.NotEmpty(asked);
        var metrics = await Metrics.ScrapeAsync(_http);
        Assert.All(asked, name => Assert.Contains($"# TYPE {name} ", metrics.Text));
    }

    [ClientFact("promtool")]
    public async Task Promtool_finds_nothing_to_complain_of()
    {
        var topic = BrokerFixture.NewName("linted");
        await ProduceAsync(topic, 5);
        await ConsumeAsync(topic, "linted \"group\" \\ " + topic, 5);
        var metrics = await Wait.ForAsync(() => Metrics.ScrapeAsync(_http), metrics => metrics.Text.Contains("linted \\\"group\\\" \\\\ ", StringComparison.Ordinal));
        await ClientTool.RunAsync("promtool", ["check", "metrics"], metrics.Text);
    }

    [ClientFact("prometheus")]
    public async Task Prometheus_scrapes_the_broker()
    {
        var topic = BrokerFixture.NewName("scraped");
        await ProduceAsync(topic, 7);
        using var folder = new TempFolder();
        var config = Path.Combine(folder.Path, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            scrape_configs:
              - job_name: portask
                scrape_interval: 1s
                static_configs:
                  - targets: ["{{_http.BaseAddress!.Authority}}"]
            """);
        using var port = new ReservedPort();
        await using var prometheus = RunningProcess.Start("prometheus",
            [$"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder.Path, "data")}", $"--web.listen-address={port.EndPoint}"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{port.EndPoint}") };
        async Task<string?> QueryAsync(string query)
        {
            try
            {
                var answer = await client.GetFromJsonAsync<JsonElement>("api/v1/query?query=" + Uri.EscapeDataString(query));
                var found = answer.GetProperty("data").GetProperty("result").EnumerateArray().ToList();
                return found.Count == 0 ? null : found[0].GetProperty("value")[1].GetString();
            }
            catch (HttpRequestException)
            {
                Assert.False(prometheus.Exited.IsCompleted, prometheus.All());
                return null;
            }
        }
        Assert.Equal("7", await Wait.ForAsync(() => QueryAsync($"portask_kafka_messages_produced_total{{topic=\"{topic}\"}}"), value => value is not null));
        // One that took longer than a second has failed, and the next one counts.
        await Wait.ForAsync(() => QueryAsync("up{job=\"portask\"}"), value => value == "1");
    }

    private Task ProduceAsync(string topic, int records) => Librdkafka.ProduceAsync(fixture.Bootstrap, topic, records);

    /// <summary>Reads all of a topic and commits an offset.</summary>
    private async Task ConsumeAsync(string topic, string group, long committed)
    {
        await Task.Run(() =>
        {
            using var consumer = Librdkafka.Consumer(fixture.Bootstrap, group, config => config.EnablePartitionEof = true).Build();
            consumer.Subscribe(topic);
            while (!consumer.Consume().IsPartitionEOF)
            {
            }
            consumer.Commit([new TopicPartitionOffset(topic, 0, committed)]);
            consumer.Close();
        });
    }

    [GeneratedRegex(@"\b(portask|kafka|process|dotnet)_[a-z_]+?(?=(_bucket|_sum|_count)?[{])")]
    private static partial Regex MetricName();

    private async Task AskUnknownKeyAsync(short key)
    {
        using var client = await WireClient.ConnectAsync(fixture.Broker.EndPoint);
        await client.SendFrameAsync(WireClient.Header(key, 0));
        Assert.Null(await client.ReceiveFrameAsync());
    }
}
