using Confluent.Kafka;
using Portask.Testing;
using Portask.Testing.Xunit;

namespace Samples;

public sealed class OrdersBroker : EmbeddedBrokerFixture
{
    protected override void Configure(EmbeddedBrokerOptions options) => options.Topics
        .Add("orders", partitions: 3)
        .Add("customers", configs: ("cleanup.policy", "compact"));
}

public class OrderTests(OrdersBroker fixture) : IClassFixture<OrdersBroker>
{
    [Fact]
    public async Task A_customer_is_kept_under_its_id()
    {
        var config = new ProducerConfig { BootstrapServers = fixture.BootstrapServers };
        using var producer = new ProducerBuilder<string, string>(config).Build();
        await producer.ProduceAsync("customers", new Message<string, string> { Key = "7", Value = "Ada" });

        Assert.Equal("Ada", Assert.Single(fixture.Broker.Topic("customers").Records).Value);
    }
}
