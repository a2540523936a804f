using Confluent.Kafka;
using Portask.Protocol;

namespace Portask.Testing.Tests;

public class PauseTests
{
    [Fact]
    public async Task While_the_broker_is_paused_requests_time_out_over_open_connections_and_are_served_when_it_goes_on()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "before");
        using var consumer = broker.Consumer("g");
        consumer.QueryWatermarkOffsets(new("orders", 0), Clients.Patience);
        var connections = broker.ConnectionCount;

        broker.Pause();
        var during = producer.ProduceAsync("orders", "during");
        var failed = Assert.Throws<KafkaException>(() => consumer.QueryWatermarkOffsets(new("orders", 0), TimeSpan.FromMilliseconds(200)));
        Assert.Equal(Confluent.Kafka.ErrorCode.Local_TimedOut, failed.Error.Code);
        Assert.False(during.IsCompleted);
        Assert.True(broker.ConnectionCount >= connections);
        Assert.Equal("before", Assert.Single(broker.Topic("orders").Records).Value);

        broker.Resume();
        Assert.Equal(PersistenceStatus.Persisted, (await during).Status);
        Assert.Equal(["before", "during"], broker.Topic("orders").Records.Select(record => record.Value));
    }

    [Fact]
    public async Task A_connection_made_during_a_pause_is_accepted_and_waits()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        broker.Pause();
        using var producer = broker.Producer();
        var producing = producer.ProduceAsync("orders", "v");
        while (broker.ConnectionCount == 0)
            await Task.Yield();
        Assert.False(producing.IsCompleted);
        broker.Resume();
        await producing;
    }

    [Fact]
    public async Task Batches_that_wait_for_the_end_of_a_pause_keep_their_order()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer(config => (config.EnableIdempotence, config.BatchNumMessages) = (true, 1));
        await producer.ProduceAsync("orders", "first");
        broker.Pause();
        var waiting = Enumerable.Range(0, 50).Select(i => producer.ProduceAsync("orders", "v" + i)).ToList();
        while (broker.Requests.Of(ApiKey.Produce).Count < 3)
            await Task.Yield();
        broker.Resume();
        await Task.WhenAll(waiting);
        Assert.Equal(["first", .. Enumerable.Range(0, 50).Select(i => "v" + i)], broker.Topic("orders").Records.Select(record => record.Value));
        Assert.All(broker.Requests.Of(ApiKey.Produce), request => Assert.Empty(request.Errors));
    }

    [Fact]
    public async Task Sessions_do_not_end_while_the_broker_stands_still()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        consumer.PollUntil(() => broker.Group("g").State == "Stable");
        broker.Pause();
        broker.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Stable", broker.Group("g").State);
        broker.Resume();
        await broker.Requests.WaitForAsync(request => request.Errors.Contains(Protocol.ErrorCode.UnknownMemberId), Clients.Patience);
    }

    [Fact]
    public async Task A_broker_that_is_paused_can_be_disposed()
    {
        var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        broker.Pause();
        using var producer = broker.Producer();
        _ = producer.ProduceAsync("orders", "v");
        await broker.DisposeAsync().AsTask().WaitAsync(Clients.Patience);
    }
}
