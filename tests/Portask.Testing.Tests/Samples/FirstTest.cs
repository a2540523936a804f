using Confluent.Kafka;
using Portask.Testing;

namespace Samples;

public class FirstTest
{
    [Fact]
    public async Task An_order_is_published_with_its_customer_as_key()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", partitions: 3));

        var config = new ProducerConfig { BootstrapServers = broker.BootstrapServers };
        using var producer = new ProducerBuilder<string, string>(config).Build();
        await producer.ProduceAsync("orders", new Message<string, string> { Key = "customer-7", Value = "two books" });

        var records = await broker.WaitForRecordsAsync("orders", 1);
        Assert.Equal(("customer-7", "two books"), (records[0].Key, records[0].Value));
    }
}
