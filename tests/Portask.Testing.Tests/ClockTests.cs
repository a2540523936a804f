using Confluent.Kafka;

namespace Portask.Testing.Tests;

public class ClockTests
{
    [Fact]
    public async Task Records_past_their_retention_go_when_the_clock_moves()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: ("retention.ms", "3600000")));
        using var producer = broker.Producer();
        await producer.ProduceAsync("orders", "old");
        broker.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.Single(broker.Topic("orders").Records);

        broker.Clock.Advance(TimeSpan.FromMinutes(20));

        await EventuallyAsync(() => broker.Topic("orders").StartOffset(0) == 1);
        Assert.Empty(broker.Topic("orders").Records);
        Assert.Equal(1, broker.Topic("orders").EndOffset(0));
    }

    [Fact]
    public async Task Log_append_time_is_the_time_of_the_clock()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: ("message.timestamp.type", "LogAppendTime")));
        broker.Clock.Advance(TimeSpan.FromDays(3));
        using var producer = broker.Producer();
        var before = broker.Clock.Now;
        var sent = await producer.ProduceAsync("orders", "v");
        Assert.InRange(sent.Timestamp.UtcDateTime, before.UtcDateTime.AddMilliseconds(-1), broker.Clock.Now.UtcDateTime);
        Assert.InRange(broker.Topic("orders").Records[0].Timestamp, before.AddMilliseconds(-1), broker.Clock.Now);
        Assert.Equal(TimeSpan.FromDays(3), broker.Clock.Shift);
    }

    [Fact]
    public async Task A_member_whose_session_passes_is_out_of_its_group()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g", config => (config.SessionTimeoutMs, config.HeartbeatIntervalMs) = (45_000, 10_000));
        consumer.Subscribe("orders");
        consumer.PollUntil(() => broker.Group("g").State == "Stable");

        broker.Clock.Advance(TimeSpan.FromSeconds(46));

        await EventuallyAsync(() => broker.Group("g").State == "Empty");
        Assert.Empty(broker.Group("g").Members);
    }

    [Fact]
    public async Task A_transaction_past_its_timeout_is_aborted_and_its_producer_fenced()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var producer = broker.Producer(config => (config.TransactionalId, config.TransactionTimeoutMs) = ("t", 60_000));
        producer.InitTransactions(Clients.Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync("orders", "v");
        Assert.Equal(TransactionOutcome.Open, broker.Topic("orders").Records[0].Transaction);

        broker.Clock.Advance(TimeSpan.FromSeconds(75));

        await EventuallyAsync(() => broker.Topic("orders").Records[0].Transaction == TransactionOutcome.Aborted);
        var failed = Assert.ThrowsAny<KafkaException>(() => producer.CommitTransaction(Clients.Patience));
        Assert.True(failed.Error.Code is ErrorCode.Local_Fenced or ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced, failed.Error.ToString());
    }

    [Fact]
    public async Task Offsets_of_a_group_without_members_are_forgotten_after_their_retention()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders"));
        using var consumer = broker.Consumer("g");
        consumer.Assign(new TopicPartition("orders", 0));
        consumer.Commit([new("orders", 0, 0)]);
        broker.Clock.Advance(TimeSpan.FromDays(6));
        Assert.Single(broker.Group("g").CommittedOffsets);

        broker.Clock.Advance(TimeSpan.FromDays(2));

        await EventuallyAsync(() => broker.Group("g").CommittedOffsets.Count == 0);
    }

    [Fact]
    public async Task A_rebalance_that_waits_for_members_ends_when_the_clock_moves()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Set("portask.groups.initial-rebalance-delay-ms", 3_600_000).Topics.Add("orders"));
        using var consumer = broker.Consumer("g");
        consumer.Subscribe("orders");
        consumer.PollUntil(() => broker.Group("g").State == "PreparingRebalance");
        broker.Clock.Advance(TimeSpan.FromHours(1));
        consumer.PollUntil(() => broker.Group("g").State == "Stable");
    }

    [Fact]
    public async Task Compaction_looks_when_the_clock_moves_and_leaves_the_last_of_each_key()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: [("cleanup.policy", "compact"), ("segment.ms", "60000"), ("min.cleanable.dirty.ratio", "0.01")]));
        using var producer = broker.Producer();
        foreach (var value in new[] { "a", "b", "c" })
            await producer.ProduceAsync("orders", new Message<string, string> { Key = "k", Value = value });
        broker.Clock.Advance(TimeSpan.FromMinutes(2));
        await producer.ProduceAsync("orders", new Message<string, string> { Key = "other", Value = "d" });

        await EventuallyAsync(() =>
        {
            broker.Clock.Advance(TimeSpan.FromMinutes(2));
            return broker.Topic("orders").Records.Select(record => record.Value).SequenceEqual(["c", "d"]);
        });
        await broker.RestartAsync();
        Assert.Equal(["c", "d"], broker.Topic("orders").Records.Select(record => record.Value));
    }

    [Fact]
    public async Task The_clock_does_not_go_back_and_keeps_its_shift_over_a_restart()
    {
        await using var broker = await EmbeddedBroker.StartAsync(o => o.Topics.Add("orders", configs: ("message.timestamp.type", "LogAppendTime")));
        Assert.Throws<ArgumentOutOfRangeException>(() => broker.Clock.Advance(TimeSpan.FromSeconds(-1)));
        broker.Clock.Advance(TimeSpan.FromDays(1));
        await broker.RestartAsync();
        using var producer = broker.Producer();
        var sent = await producer.ProduceAsync("orders", "v");
        Assert.True(sent.Timestamp.UtcDateTime > DateTime.UtcNow.AddHours(23));
    }

    /// <summary>Waits for what a timer has set going.</summary>
    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var until = Environment.TickCount64 + (long)Clients.Patience.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < until, "what was waited for did not come");
            await Task.Delay(5);
        }
    }
}
