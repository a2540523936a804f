using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Transactions, request by request.</summary>
public sealed class TransactionQuirkTests(BrokerFixture broker) : QuirkScenarios(broker), IClassFixture<BrokerFixture>
{
    private const short Version = 3;

    [Fact]
    [Quirk(14)]
    public async Task Aborted_transactions_come_by_first_offset_and_nothing_past_the_last_stable_one()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var (first, second, open) = (await InitAsync(client), await InitAsync(client), await InitAsync(client));
        foreach (var producer in new[] { first, second, open })
        {
            Assert.Equal(ErrorCode.None, await AddAsync(client, producer, topic));
            Assert.Equal(ErrorCode.None, await WriteAsync(client, producer, topic));
        }

        // The second ends before the first, so in order of their ends they would be the wrong way round.
        Assert.Equal(ErrorCode.None, await EndAsync(client, second, commits: false));
        Assert.Equal(ErrorCode.None, await EndAsync(client, first, commits: false));
        var request = Fetch(topic, 0);
        request.IsolationLevel = 1;
        FetchResponsePartitionData read;
        do
            read = (await client.AskAsync<FetchRequest, FetchResponse>(request, 5)).Responses[0].Partitions[0];
        while (read.AbortedTransactions!.Count < 2);

        Assert.Equal([(first.ProducerId, 0L), (second.ProducerId, 1L)], read.AbortedTransactions.Select(one => (one.ProducerId, one.FirstOffset)));
        Assert.Equal(2, read.LastStableOffset);
        var records = read.Records!.ToContiguous();
        for (var last = -1L; !records.IsEmpty; records = records[(int)RecordBatch.ReadLength(records.Span)..])
        {
            last = new RecordBatch(records).LastOffset;
            Assert.InRange(last, 0, 1);
        }
    }

    [Theory]
    [Quirk(14)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndTxn_without_a_transaction_is_answered_with_what_is_wrong(bool commits)
    {
        using var client = await ConnectAsync();
        var producer = await InitAsync(client);

        Assert.Equal(ErrorCode.InvalidTxnState, await EndAsync(client, producer, commits));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await EndAsync(client, producer with { Id = "absent" }, commits));
    }

    [Fact]
    [Quirk(20)]
    public async Task A_fenced_producer_is_told_so_by_coordinators_and_gets_INVALID_PRODUCER_EPOCH_when_it_writes()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var old = await InitAsync(client);
        Assert.Equal(ErrorCode.None, await AddAsync(client, old, topic));
        Assert.Equal(ErrorCode.None, await WriteAsync(client, old, topic));
        var current = await InitAsync(client, old.Id);
        Assert.True(current.Epoch > old.Epoch);

        Assert.Equal(ErrorCode.ProducerFenced, await AddAsync(client, old, topic));
        Assert.Equal(ErrorCode.ProducerFenced, await EndAsync(client, old, commits: true));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await WriteAsync(client, old, topic, sequence: 1));
        Assert.Equal(ErrorCode.None, await AddAsync(client, current, topic));
        Assert.Equal(ErrorCode.None, await WriteAsync(client, current, topic));
    }

    [Fact]
    [Quirk(23)]
    public async Task A_transaction_timeout_above_the_brokers_maximum_is_refused()
    {
        using var client = await ConnectAsync();
        var request = new InitProducerIdRequest { TransactionalId = BrokerFixture.NewName("long"), TransactionTimeoutMs = 900_001 };

        Assert.Equal(ErrorCode.InvalidTransactionTimeout, (await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, 4)).ErrorCode);
    }

    private static async Task<Producer> InitAsync(WireClient client, string? id = null)
    {
        id ??= BrokerFixture.NewName("quirk");
        InitProducerIdResponse answer;
        do
            answer = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = id, TransactionTimeoutMs = 60_000 }, 4);
        while (answer.ErrorCode == ErrorCode.ConcurrentTransactions);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return new(id, answer.ProducerId, answer.ProducerEpoch);
    }

    private static async Task<ErrorCode> AddAsync(WireClient client, Producer producer, string topic)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = producer.Id,
            V3AndBelowProducerId = producer.ProducerId,
            V3AndBelowProducerEpoch = producer.Epoch,
            V3AndBelowTopics = [new() { Name = topic, Partitions = [0] }],
        };
        AddPartitionsToTxnResponse answer;
        do
            answer = await client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, Version);
        while (answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode == ErrorCode.ConcurrentTransactions);
        return answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;
    }

    private static async Task<ErrorCode> WriteAsync(WireClient client, Producer producer, string topic, int sequence = 0)
    {
        var batch = new RecordBatchBuilder
        {
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            BaseSequence = sequence,
            IsTransactional = true,
        };
        batch.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, "v"u8.ToArray());
        var request = Batches.Produce(topic, batch.Build());
        request.TransactionalId = producer.Id;
        return (await AppendAsync(client, request)).ErrorCode;
    }

    private static async Task<ErrorCode> EndAsync(WireClient client, Producer producer, bool commits) => (await client.AskAsync<EndTxnRequest, EndTxnResponse>(
        new() { TransactionalId = producer.Id, ProducerId = producer.ProducerId, ProducerEpoch = producer.Epoch, Committed = commits }, Version)).ErrorCode;

    private sealed record Producer(string Id, long ProducerId, short Epoch);
}
