using System.Net;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Http.Tests;

/// <summary>Transactions over HTTP.</summary>
public sealed class TransactionApiTests(HttpFixture fixture) : IClassFixture<HttpFixture>
{
    private readonly HttpClient _http = fixture.Http;

    [Fact]
    public async Task An_open_transaction_shows_its_producer_and_partitions_until_it_is_committed()
    {
        var (topic, id) = (await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 2), BrokerFixture.NewName("tx") + "/with a slash");
        using var producer = Producer(id);
        producer.InitTransactions(Librdkafka.Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync(new TopicPartition(topic, 1), new() { Value = "v" });

        var open = await _http.ShowAsync($"transactions/{Uri.EscapeDataString(id)}");

        Assert.Equal((id, "Ongoing"), (open["id"].GetString(), open["state"].GetString()));
        Assert.True(open["producerId"].GetInt64() >= 0);
        Assert.InRange(open["startedAtMs"].GetInt64(), 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var partitions = Assert.Single(open["partitions"].EnumerateArray());
        Assert.Equal(topic, partitions.GetProperty("topic").GetString());
        Assert.Equal(1, Assert.Single(partitions.GetProperty("partitions").EnumerateArray()).GetInt32());

        producer.CommitTransaction(Librdkafka.Patience);
        var ended = await Wait.ForAsync(
            () => _http.ShowAsync($"transactions/{Uri.EscapeDataString(id)}"), shown => shown["state"].GetString() == "CompleteCommit");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, ended["startedAtMs"].ValueKind);
        Assert.Empty(ended["partitions"].EnumerateArray());
    }

    [Fact]
    public async Task Transactional_ids_are_searched_and_filtered_by_state()
    {
        var (topic, name) = (await Librdkafka.CreateTopicAsync(fixture.Bootstrap, 1), BrokerFixture.NewName("many"));
        for (var i = 0; i < 3; i++)
        {
            using var producer = Producer($"{name}-{i}");
            producer.InitTransactions(Librdkafka.Patience);
            if (i == 2)
                continue;
            producer.BeginTransaction();
            await producer.ProduceAsync(topic, new() { Value = "v" });
            producer.AbortTransaction(Librdkafka.Patience);
        }
        var page = await Wait.ForAsync(
            () => _http.ShowAsync($"transactions?search={name}&state=completeabort"), shown => shown["total"].GetInt32() == 2);
        Assert.Equal([$"{name}-0", $"{name}-1"], page["transactions"].Strings("id"));
        Assert.Equal([$"{name}-1"], (await _http.ShowAsync($"transactions?search={name}&offset=1&limit=1"))["transactions"].Strings("id"));
        Assert.Equal([$"{name}-2"], (await _http.ShowAsync($"transactions?search={name}&state=Empty"))["transactions"].Strings("id"));
    }

    [Fact]
    public async Task An_id_that_nobody_used_is_not_found() =>
        Assert.Equal("TRANSACTIONAL_ID_NOT_FOUND", (await _http.ShowAsync("transactions/nobody", HttpStatusCode.NotFound)).Error);

    private IProducer<string, string> Producer(string id) => Librdkafka.Producer(fixture.Bootstrap, config => config.TransactionalId = id);
}
