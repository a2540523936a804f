using Confluent.Kafka;
using Portask.Clients.Tests.Harness;
using Portask.Protocol.Messages;
using ErrorCode = Portask.Protocol.ErrorCode;

namespace Portask.Clients.Tests;

/// <summary>Confluent.Kafka: transactions of a producer, seen by readers of both isolation levels.</summary>
public sealed class TransactionTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Committed_records_are_seen_and_aborted_ones_are_not()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 2);
        using var producer = Begin(BrokerFixture.NewName("tx"));
        for (var round = 0; round < 6; round++)
        {
            producer.BeginTransaction();
            for (var i = 0; i < 10; i++)
                producer.Produce(new TopicPartition(topic, i % 2), Message($"{round}"));
            // Without this an abort drops what has not been sent.
            producer.Flush(Librdkafka.Patience);
            if (round % 3 == 2)
                producer.AbortTransaction(Librdkafka.Patience);
            else
                producer.CommitTransaction(Librdkafka.Patience);
        }

        var committed = Read(topic, 2, IsolationLevel.ReadCommitted);

        Assert.Equal(["0", "1", "3", "4"], committed.Distinct().Order());
        Assert.Equal(40, committed.Count);
        Assert.Equal(60, Read(topic, 2, IsolationLevel.ReadUncommitted).Count);
    }

    [Fact]
    public async Task An_open_transaction_holds_readers_of_committed_records_back()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var producer = Begin(BrokerFixture.NewName("open"));
        producer.BeginTransaction();
        producer.Produce(topic, Message("undecided"));
        producer.Flush(Librdkafka.Patience);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1);

        Assert.Empty(Read(topic, 1, IsolationLevel.ReadCommitted));
        Assert.Equal(["undecided", "v0"], Read(topic, 1, IsolationLevel.ReadUncommitted));
        producer.CommitTransaction(Librdkafka.Patience);

        await Librdkafka.WhenDecidedAsync(broker.Bootstrap, topic, 1);
        Assert.Equal(["undecided", "v0"], Read(topic, 1, IsolationLevel.ReadCommitted));
    }

    [Fact]
    public async Task A_second_producer_with_the_same_transactional_id_fences_the_first()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var id = BrokerFixture.NewName("fence");
        using var first = Begin(id);
        first.BeginTransaction();
        first.Produce(topic, Message("of the first"));
        first.Flush(Librdkafka.Patience);

        using var second = Begin(id);
        second.BeginTransaction();
        second.Produce(topic, Message("of the second"));
        second.CommitTransaction(Librdkafka.Patience);

        var fenced = Assert.Throws<KafkaException>(() => first.CommitTransaction(Librdkafka.Patience));
        Assert.True(fenced.Error.IsFatal, fenced.Error.ToString());
        await Librdkafka.WhenDecidedAsync(broker.Bootstrap, topic, 1);
        Assert.Equal(["of the second"], Read(topic, 1, IsolationLevel.ReadCommitted));
    }

    [Fact]
    public async Task A_transaction_survives_the_broker_being_killed_before_and_after_its_decision()
    {
        await using var process = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(process.Bootstrap, 1);
        using var producer = Begin(BrokerFixture.NewName("crash"), process.Bootstrap);
        for (var round = 0; round < 6; round++)
        {
            producer.BeginTransaction();
            producer.Produce(topic, Message($"{round}"));
            if (round % 3 == 0)
            {
                producer.Flush(Librdkafka.Patience);
                await process.KillAsync();
                await process.StartAgainAsync();
            }
            if (round % 2 == 1)
                producer.AbortTransaction(Librdkafka.Patience);
            else
                producer.CommitTransaction(Librdkafka.Patience);
            if (round % 3 == 1)
            {
                await process.KillAsync();
                await process.StartAgainAsync();
            }
        }

        await Librdkafka.WhenDecidedAsync(process.Bootstrap, topic, 1);
        Assert.Equal(["0", "2", "4"], Read(topic, 1, IsolationLevel.ReadCommitted, process.Bootstrap));
    }

    [Fact]
    public async Task A_transaction_that_is_open_too_long_is_aborted()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        using var producer = Begin(BrokerFixture.NewName("slow"), timeoutMs: 1000);
        producer.BeginTransaction();
        producer.Produce(topic, Message("late"));
        producer.Flush(Librdkafka.Patience);
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1);

        using var consumer = Consumer(IsolationLevel.ReadCommitted, broker.Bootstrap);
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));

        Assert.Equal("v0", Librdkafka.Read(consumer, 1)[0].Message.Value);
    }

    [Fact]
    public async Task Offsets_are_committed_with_the_transaction_and_dropped_with_it()
    {
        var input = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var output = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(broker.Bootstrap, input, 10, 0);
        var group = BrokerFixture.NewName("ctp");
        using var consumer = Librdkafka.Consumer(broker.Bootstrap, group).Build();
        consumer.Subscribe(input);
        var read = Librdkafka.Read(consumer, 10);
        using var producer = Begin(BrokerFixture.NewName("ctp"));

        foreach (var (upTo, commits) in new[] { (4, true), (7, false) })
        {
            producer.BeginTransaction();
            producer.Produce(output, Message($"up to {upTo}"));
            producer.SendOffsetsToTransaction(
                [new TopicPartitionOffset(input, 0, read[upTo].Offset)], consumer.ConsumerGroupMetadata, Librdkafka.Patience);
            if (commits)
                producer.CommitTransaction(Librdkafka.Patience);
            else
                producer.AbortTransaction(Librdkafka.Patience);
        }

        Assert.Equal(4, consumer.Committed([new TopicPartition(input, 0)], Librdkafka.Patience)[0].Offset.Value);
        Assert.Equal(["up to 4"], Read(output, 1, IsolationLevel.ReadCommitted));
        consumer.Close();
    }

    [Fact]
    [Quirk(26)]
    public async Task An_offset_of_an_open_transaction_is_unstable_until_it_is_decided()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);
        var (group, id) = (BrokerFixture.NewName("unstable"), BrokerFixture.NewName("unstable"));
        using var client = await WireClient.ConnectAsync(broker.Broker.EndPoint);
        var producer = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = id, TransactionTimeoutMs = 60_000 }, 4);
        await client.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            new() { TransactionalId = id, ProducerId = producer.ProducerId, GroupId = group }, 3);
        var commit = await client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
            new()
            {
                TransactionalId = id,
                GroupId = group,
                ProducerId = producer.ProducerId,
                Topics = [new() { Name = topic, Partitions = [new() { CommittedOffset = 5 }] }],
            },
            3);
        Assert.Equal(ErrorCode.None, commit.Topics[0].Partitions[0].ErrorCode);

        Assert.Equal((ErrorCode.UnstableOffsetCommit, -1), await FetchOffsetAsync(requireStable: true));
        Assert.Equal((ErrorCode.None, -1), await FetchOffsetAsync(requireStable: false));
        await client.AskAsync<EndTxnRequest, EndTxnResponse>(new() { TransactionalId = id, ProducerId = producer.ProducerId, Committed = true }, 3);

        var decided = (Error: ErrorCode.UnstableOffsetCommit, Offset: -1L);
        for (var deadline = DateTime.UtcNow + Librdkafka.Patience; decided.Error != ErrorCode.None && DateTime.UtcNow < deadline;)
            decided = await FetchOffsetAsync(requireStable: true);
        Assert.Equal((ErrorCode.None, 5), decided);

        async Task<(ErrorCode Error, long Offset)> FetchOffsetAsync(bool requireStable)
        {
            var response = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(
                new() { GroupId = group, RequireStable = requireStable, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, 7);
            return (response.Topics[0].Partitions[0].ErrorCode, response.Topics[0].Partitions[0].CommittedOffset);
        }
    }

    private static Message<string, string> Message(string value) => new() { Value = value };

    private IProducer<string, string> Begin(string transactionalId, string? bootstrap = null, int timeoutMs = 60_000)
    {
        var producer = Librdkafka.Producer(bootstrap ?? broker.Bootstrap, config =>
        {
            config.TransactionalId = transactionalId;
            config.TransactionTimeoutMs = timeoutMs;
            config.MessageTimeoutMs = Math.Min(timeoutMs, 30_000);
            config.Set(Librdkafka.Recovery, "none");
        });
        producer.InitTransactions(Librdkafka.Patience);
        return producer;
    }

    private List<string> Read(string topic, int partitions, IsolationLevel isolation, string? bootstrap = null)
    {
        using var consumer = Consumer(isolation, bootstrap ?? broker.Bootstrap);
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        var read = new List<string>();
        for (var ended = 0; ended < partitions;)
        {
            var result = consumer.Consume(Librdkafka.Patience);
            Assert.True(result is not null, $"nothing came after {read.Count} records");
            if (result.IsPartitionEOF)
                ended++;
            else
                read.Add(result.Message.Value);
        }
        return read;
    }

    private static IConsumer<string, string> Consumer(IsolationLevel isolation, string bootstrap) =>
        Librdkafka.Consumer(bootstrap, BrokerFixture.NewName("reader"), config =>
        {
            config.IsolationLevel = isolation;
            config.EnablePartitionEof = true;
        }).Build();
}
