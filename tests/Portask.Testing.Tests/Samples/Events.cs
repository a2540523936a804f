using Confluent.Kafka;
using Portask.Testing;

namespace Samples;

public class Events
{
    [Fact]
    public async Task A_consumer_lives_through_what_a_cluster_does()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: ("retention.ms", "3600000")));
        var config = new ConsumerConfig
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "shipping",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.BootstrapServers }).Build();
        consumer.Subscribe("orders");
        await producer.ProduceAsync("orders", new Message<Null, string> { Value = "two books" });
        consumer.Commit(consumer.Consume(TimeSpan.FromSeconds(30)));

        broker.Pause();
        broker.Resume();
        broker.DropConnections();
        await broker.Group("shipping").RebalanceAsync();
        broker.Group("shipping").MoveCoordinator();
        await broker.Topic("orders").MoveLeaderAsync(partition: 0);
        await broker.RestartAsync();

        await producer.ProduceAsync("orders", new Message<Null, string> { Value = "a pen" });
        consumer.Commit(consumer.Consume(TimeSpan.FromSeconds(30)));
        var shipping = broker.Group("shipping");
        await shipping.WaitForCommittedAsync("orders", partition: 0, offset: 2);
        Assert.Equal(0, shipping.Lag[new("orders", 0)]);

        broker.Clock.Advance(TimeSpan.FromHours(2));
    }
}
