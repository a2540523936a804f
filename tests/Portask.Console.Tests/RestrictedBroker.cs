using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Console.Tests;

/// <summary>A broker with 10,000 topics whose HTTP changes nothing and shows no contents.</summary>
public sealed class RestrictedBroker : BrokerFixture
{
    public const string Topic = "one-with-records";
    public const string Group = "reader";
    private const int Topics = 10_000;
    private const int InOneRequest = 1_000;

    /// <summary>Where the console is.</summary>
    public Uri Http => Broker.Http;

    public override async Task InitializeAsync()
    {
        await StartAsync("portask.http.port=0", "portask.http.read-only=true", "portask.http.hide-messages=true");
        using var admin = Librdkafka.Admin(Bootstrap);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }]);
        await Librdkafka.ProduceAsync(Bootstrap, Topic, 10);
        using var consumer = Librdkafka.Consumer(Bootstrap, Group).Build();
        consumer.Commit([new TopicPartitionOffset(Topic, 0, 4)]);
        foreach (var some in Enumerable.Range(0, Topics).Chunk(InOneRequest))
        {
            await admin.CreateTopicsAsync(
                some.Select(i => new TopicSpecification { Name = $"many-{i:0000}", NumPartitions = 1, ReplicationFactor = 1 }),
                new CreateTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(60) });
        }
    }
}
