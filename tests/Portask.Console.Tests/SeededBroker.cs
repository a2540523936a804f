using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Portask.Clients.Tests.Harness;

namespace Portask.Console.Tests;

/// <summary>A broker with something of everything in it. Tests that change something make topics and groups of their own.</summary>
public sealed class SeededBroker : BrokerFixture
{
    public const string Orders = "orders";
    public const string Payments = "payments.eu";
    public const string Group = "billing";
    public const string Transaction = "shop/checkout";

    /// <summary>Where the console is.</summary>
    public Uri Http => Broker.Http;

    public override async Task InitializeAsync()
    {
        await StartAsync("portask.http.port=0");
        using (var admin = Librdkafka.Admin(Bootstrap))
        {
            await admin.CreateTopicsAsync(
            [
                new TopicSpecification { Name = Orders, NumPartitions = 3, ReplicationFactor = 1, Configs = new() { ["retention.ms"] = "86400000" } },
                new TopicSpecification { Name = Payments, NumPartitions = 1, ReplicationFactor = 1 },
            ]);
        }
        await ProduceAsync(Bootstrap, Orders, 30);
        Rebalance(Bootstrap, Group, Orders);
        Transact(Bootstrap, Transaction, Payments);
    }

    /// <summary>Records with a key, headers and JSON, in turns to three partitions.</summary>
    internal static async Task ProduceAsync(string bootstrap, string topic, int count)
    {
        using var producer = Librdkafka.Producer(bootstrap, config => config.Acks = Acks.All);
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => producer.ProduceAsync(new TopicPartition(topic, i % 3), new()
        {
            Key = $"key-{i}",
            Value = $$"""{"id":{{9_007_199_254_740_993 + i}},"item":"book"}""",
            Headers = new Headers { { "trace", Encoding.UTF8.GetBytes($"t{i}") } },
        })));
    }

    /// <summary>Two members join one after the other, commit and leave: rebalances to be seen.</summary>
    internal static void Rebalance(string bootstrap, string group, string topic)
    {
        using var first = Librdkafka.Consumer(bootstrap, group).Build();
        first.Subscribe(topic);
        Librdkafka.Read(first, 10);
        first.Commit();
        using (var second = Librdkafka.Consumer(bootstrap, group).Build())
        {
            second.Subscribe(topic);
            // The first member gives up what the second one gets only while it is polled.
            for (var until = DateTime.UtcNow + Librdkafka.Patience; second.Assignment.Count == 0;)
            {
                Assert.True(DateTime.UtcNow < until, "the second member got nothing");
                first.Consume(TimeSpan.FromMilliseconds(50));
                second.Consume(TimeSpan.FromMilliseconds(50));
            }
            second.Close();
        }
        first.Close();
    }

    /// <summary>One transaction that commits, one that aborts, and one left open by a producer that another one then fences.</summary>
    internal static void Transact(string bootstrap, string transaction, string topic)
    {
        using var producer = Librdkafka.Producer(bootstrap, config => config.TransactionalId = transaction);
        producer.InitTransactions(Librdkafka.Patience);
        foreach (var commits in new[] { true, false })
        {
            producer.BeginTransaction();
            producer.Produce(topic, new() { Key = "k", Value = commits ? "committed" : "aborted" });
            if (commits)
                producer.CommitTransaction(Librdkafka.Patience);
            else
                producer.AbortTransaction(Librdkafka.Patience);
        }
        producer.BeginTransaction();
        producer.Produce(topic, new() { Key = "k", Value = "fenced" });
        producer.Flush(Librdkafka.Patience);
        using var other = Librdkafka.Producer(bootstrap, config => config.TransactionalId = transaction);
        other.InitTransactions(Librdkafka.Patience);
    }
}
