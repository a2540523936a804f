using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Portask.Clients.Tests.Harness;
using Xunit.Abstractions;

namespace Portask.Clients.Tests;

/// <summary>Consume, transform, produce in transactions while the broker is killed: every record comes out once, and offsets agree.</summary>
public sealed class ExactlyOnceTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int RecordsPerKill = 10_000;

    private static int Records =>
        int.Parse(Environment.GetEnvironmentVariable("PORTASK_TRANSACTION_RECORDS") ?? (ClientFactAttribute.InCi ? "100000" : "20000"), CultureInfo.InvariantCulture);

    [Fact]
    public async Task Every_record_comes_out_once_however_often_the_broker_is_killed()
    {
        await using var broker = await BrokerProcess.StartAsync(null, "portask.groups.initial-rebalance-delay-ms=100");
        var (input, transformed) = (await Librdkafka.CreateTopicAsync(broker.Bootstrap, Partitions), await Librdkafka.CreateTopicAsync(broker.Bootstrap, Partitions));
        ProduceInput(broker.Bootstrap, input);
        using var reader = Consumer(broker.Bootstrap, input, IsolationLevel.ReadCommitted);
        reader.Commit(AllOf(input).Select(partition => new TopicPartitionOffset(partition, 0)));
        var log = new TransformLog();
        var watch = Stopwatch.StartNew();
        var workers = Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Factory.StartNew(
            () => new TransformWorker(broker.Bootstrap, $"worker-{worker}", input, transformed, log).Run(Records), TaskCreationOptions.LongRunning)));

        try
        {
            var kills = await KillAsync(broker, log, workers);
            await workers;
            output.WriteLine(
                $"{Records} records in {watch.Elapsed.TotalSeconds:F0} s, {kills} kills, {log.Committed.Count} transactions committed and {log.Aborted.Count} aborted");
            await Librdkafka.WhenDecidedAsync(broker.Bootstrap, transformed, Partitions);
            AssertOnceAndInOrder(broker.Bootstrap, transformed, log);
        }
        catch
        {
            foreach (var line in log.History)
                output.WriteLine(line);
            throw;
        }
        var committed = reader.Committed(AllOf(input), Librdkafka.Patience);
        Assert.All(committed, partition => Assert.Equal(Records / Partitions, partition.Offset.Value));
    }

    /// <summary>Kills the broker at a random moment of each stretch of work.</summary>
    private static async Task<int> KillAsync(BrokerProcess broker, TransformLog log, Task workers)
    {
        var kills = 0;
        while (kills < Math.Max(3, Records / RecordsPerKill))
        {
            await log.StepsAsync(Random.Shared.Next(10, 40), workers);
            await Task.Delay(Random.Shared.Next(0, 50));
            if (workers.IsCompleted)
                break;
            log.Tell("kill");
            await broker.KillAsync();
            await broker.StartAgainAsync();
            log.Tell("started");
            kills++;
        }
        return kills;
    }

    private static void AssertOnceAndInOrder(string bootstrap, string topic, TransformLog log)
    {
        using var consumer = Consumer(bootstrap, "reader", IsolationLevel.ReadCommitted);
        consumer.Assign(AllOf(topic).Select(partition => new TopicPartitionOffset(partition, 0)));
        var byTransaction = new Dictionary<int, int>();
        var next = new int[Partitions];
        for (var ended = 0; ended < Partitions;)
        {
            var result = consumer.Consume(Librdkafka.Patience);
            Assert.True(result is not null, "nothing came");
            if (result.IsPartitionEOF)
            {
                ended++;
                continue;
            }
            var words = result.Message.Value.Split(' ');
            var partition = result.Partition.Value;
            var (number, transaction) = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
            // One too many, one too few and one out of order are all told by the number that is due.
            Assert.True(number == next[partition]++, $"partition {partition} has {number} of transaction {transaction} where {next[partition] - 1} is due");
            byTransaction[transaction] = byTransaction.GetValueOrDefault(transaction) + 1;
        }
        Assert.All(next, count => Assert.Equal(Records / Partitions, count));
        Assert.Equal(log.Committed.OrderBy(entry => entry.Key), byTransaction.OrderBy(entry => entry.Key));
        Assert.Empty(log.Aborted.Intersect(byTransaction.Keys));
    }

    private static void ProduceInput(string bootstrap, string topic)
    {
        using var producer = Librdkafka.Producer(bootstrap, config => config.EnableIdempotence = true);
        for (var i = 0; i < Records; i++)
            producer.Produce(new TopicPartition(topic, i % Partitions), new() { Value = (i / Partitions).ToString(CultureInfo.InvariantCulture) });
        Assert.Equal(0, producer.Flush(Librdkafka.Patience));
    }

    private static IEnumerable<TopicPartition> AllOf(string topic) => Enumerable.Range(0, Partitions).Select(partition => new TopicPartition(topic, partition));

    private static IConsumer<string, string> Consumer(string bootstrap, string group, IsolationLevel isolation) => Librdkafka.Consumer(bootstrap, group, config =>
    {
        config.IsolationLevel = isolation;
        config.EnablePartitionEof = true;
        config.AutoOffsetReset = AutoOffsetReset.Error;
    }).Build();
}
