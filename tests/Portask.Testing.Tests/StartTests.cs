using Confluent.Kafka;

namespace Portask.Testing.Tests;

public class StartTests
{
    [Fact]
    public async Task A_broker_in_memory_takes_what_a_client_produces()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", partitions: 3));
        using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.BootstrapServers }).Build())
        {
            await producer.ProduceAsync("orders", new Message<string, string> { Key = "k", Value = "v" });
        }
        var records = await broker.WaitForRecordsAsync("orders", 1);
        Assert.Equal("v", Assert.Single(records).Value);
    }
}
