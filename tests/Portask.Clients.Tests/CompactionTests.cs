using Confluent.Kafka;
using Portask.Clients.Tests.Harness;

namespace Portask.Clients.Tests;

/// <summary>Confluent.Kafka: what compaction and retention leave, over every records journal.</summary>
public abstract class CompactionScenarios(BrokerFixture broker)
{
    private const int Keys = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, string> Compacted = new()
    {
        ["cleanup.policy"] = "compact",
        ["segment.bytes"] = "20000",
        ["segment.ms"] = "500",
        ["min.cleanable.dirty.ratio"] = "0.01",
        ["delete.retention.ms"] = "500",
    };

    [Fact]
    public async Task Readers_see_the_last_value_of_each_key_while_the_log_is_compacted_and_after_a_crash()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, Compacted);
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.BatchNumMessages = 20);
        var last = new Dictionary<string, string?>();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 500; i++)
                Produce(producer, topic, last, $"k{(i * 7) % Keys}", $"{round}-{i}-{new string('x', 80)}");
            producer.Flush(Patience);
            Assert.Equal(last, Fold(ReadAll(topic)));
            if (round == 3)
            {
                await broker.Broker.KillAsync();
                await broker.Broker.StartAgainAsync();
            }
        }

        // All but the end of the log is compacted when nothing more comes.
        var left = await UntilAsync(topic, read => read.Count <= 2 * Keys);

        Assert.Equal(last, Fold(left));
        Assert.Equal(2999, left[^1].Offset.Value);
        Assert.True(left.Zip(left.Skip(1)).All(pair => pair.First.Offset < pair.Second.Offset));
        await broker.Broker.StopAsync();
        await broker.Broker.StartAgainAsync();
        Assert.Equal(last, Fold(ReadAll(topic)));
    }

    [Fact]
    public async Task Tombstones_take_the_values_before_them_and_go_after_their_time()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, Compacted);
        using var producer = Librdkafka.Producer(broker.Bootstrap);
        var last = new Dictionary<string, string?>();
        for (var i = 0; i < Keys; i++)
            Produce(producer, topic, last, $"k{i}", $"v{i}");
        for (var i = 0; i < 5; i++)
            Produce(producer, topic, last, $"k{i}", null);
        Produce(producer, topic, last, "end", "is here");
        producer.Flush(Patience);

        var left = await UntilAsync(topic, read => read.Count <= Keys - 5 + 1);

        Assert.Equal(Enumerable.Range(5, Keys - 5).Select(i => $"k{i}").Append("end"), left.Select(record => record.Message.Key));
        Assert.Equal(Enumerable.Range(5, Keys - 5).Append(Keys + 5), left.Select(record => (int)record.Offset.Value));
    }

    [Fact]
    public async Task Aborted_transactions_are_compacted_away_and_committed_ones_stay_readable()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, Compacted);
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.TransactionalId = BrokerFixture.NewName("tx"));
        producer.InitTransactions(Patience);
        var last = new Dictionary<string, string?>();
        for (var round = 0; round < 10; round++)
        {
            producer.BeginTransaction();
            var written = new Dictionary<string, string?>();
            for (var i = 0; i < 10; i++)
                Produce(producer, topic, written, $"k{(round + i) % Keys}", $"{round}");
            producer.Flush(Patience);
            if (round % 3 == 2)
            {
                producer.AbortTransaction(Patience);
                continue;
            }
            producer.CommitTransaction(Patience);
            foreach (var (key, value) in written)
                last[key] = value;
            Assert.Equal(last, Fold(ReadAll(topic)));
        }

        var left = await UntilAsync(topic, read => read.Count == last.Count, IsolationLevel.ReadUncommitted);

        Assert.Equal(last, Fold(left));
        Assert.Equal(last, Fold(ReadAll(topic)));
    }

    [Fact]
    public async Task Retention_by_bytes_takes_whole_segments_and_offsets_below_the_start_are_out_of_range()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["retention.bytes"] = "40000", ["segment.bytes"] = "10000" });
        await FillAsync(topic, 200);

        // Nine records fill a segment, 38 are more than 40,000 bytes and 29 are less: only here does the start come to rest. A pass
        // while the topic was being filled leaves it earlier, until the next one.
        var low = await LowAsync(topic, low => low == 200 - 38);

        Assert.Equal(low, ReadAll(topic)[0].Offset.Value);
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("low"), config => config.AutoOffsetReset = AutoOffsetReset.Error).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, low - 1));
        var refused = Assert.Throws<ConsumeException>(() => consumer.Consume(Patience));
        Assert.Equal(ErrorCode.OffsetOutOfRange, refused.Error.Code == ErrorCode.Local_AutoOffsetReset ? ErrorCode.OffsetOutOfRange : refused.Error.Code);
    }

    [Fact]
    public async Task Retention_by_time_takes_the_active_segment_too_and_the_offsets_go_on()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["retention.ms"] = "1000" });
        await FillAsync(topic, 20);

        await LowAsync(topic, low => low == 20);

        await FillAsync(topic, 1);
        Assert.Equal(21, await LowAsync(topic, low => low == 21));
    }

    private static void Produce(IProducer<string, string> producer, string topic, Dictionary<string, string?> last, string key, string? value)
    {
        producer.Produce(topic, new Message<string, string> { Key = key, Value = value! });
        last[key] = value;
    }

    private static Dictionary<string, string?> Fold(List<ConsumeResult<string, string>> read) =>
        read.GroupBy(record => record.Message.Key).ToDictionary(group => group.Key, group => (string?)group.Last().Message.Value);

    private async Task FillAsync(string topic, int records)
    {
        using var producer = Librdkafka.Producer(broker.Bootstrap, config => config.BatchNumMessages = 1);
        await Task.WhenAll(Enumerable.Range(0, records).Select(i =>
            producer.ProduceAsync(topic, new Message<string, string> { Key = $"k{i}", Value = new string('x', 1000) })));
    }

    private async Task<long> LowAsync(string topic, Func<long, bool> isReached)
    {
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("low")).Build();
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var low = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), Patience).Low.Value;
            if (isReached(low))
                return low;
            Assert.True(DateTime.UtcNow < deadline, $"the log starts at {low} after {Patience}");
            await Task.Delay(100);
        }
    }

    private async Task<List<ConsumeResult<string, string>>> UntilAsync(
        string topic, Func<List<ConsumeResult<string, string>>, bool> isReached, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var read = ReadAll(topic, isolation: isolation);
            if (isReached(read))
                return read;
            Assert.True(DateTime.UtcNow < deadline, $"{read.Count} records are left after {Patience}: {string.Join(' ', read.Select(record => record.Message.Key))}");
            await Task.Delay(100);
        }
    }

    private List<ConsumeResult<string, string>> ReadAll(string topic, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, BrokerFixture.NewName("all"), config =>
        {
            config.EnablePartitionEof = true;
            config.IsolationLevel = isolation;
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        var read = new List<ConsumeResult<string, string>>();
        while (true)
        {
            var result = consumer.Consume(Patience);
            Assert.True(result is not null, $"nothing came for {Patience} after {read.Count} records");
            if (result.IsPartitionEOF)
                return read;
            read.Add(result);
        }
    }
}

/// <summary>Over segment files.</summary>
public sealed class CompactionTests(RestlessFixture broker) : CompactionScenarios(broker), IClassFixture<RestlessFixture>;

/// <summary>Over SQLite.</summary>
public sealed class CompactionOverSqliteTests(RestlessSqliteFixture broker) : CompactionScenarios(broker), IClassFixture<RestlessSqliteFixture>;

/// <summary>Over PostgreSQL.</summary>
public sealed class CompactionOverPostgresTests(RestlessPostgresFixture broker) : CompactionScenarios(broker), IClassFixture<RestlessPostgresFixture>;
