using Confluent.Kafka;
using Portask.Clients.Tests.Harness;
using Portask.Protocol.Messages;
using ErrorCode = Portask.Protocol.ErrorCode;
using ListedTransaction = Portask.Protocol.Messages.ListTransactionsResponseTransactionState;

namespace Portask.Clients.Tests;

/// <summary>Finding transactions that hang and ending them (KIP-664), which none of the installed admin clients does.</summary>
public sealed class TransactionAdminTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Transactions_are_listed_by_state_producer_and_pattern()
    {
        using var client = await ConnectAsync();
        var prefix = BrokerFixture.NewName("list");
        var topic = await CreateAsync();
        var idle = await WireProducer.BeginAsync(client, $"{prefix}-idle");
        var open = await WireProducer.BeginAsync(client, $"{prefix}-open");
        await open.AddAsync(topic);

        Assert.Equal([$"{prefix}-idle Empty", $"{prefix}-open Ongoing"], await ListAsync(new() { TransactionalIdPattern = $"{prefix}-.*" }));
        Assert.Equal([$"{prefix}-open Ongoing"], await ListAsync(new() { TransactionalIdPattern = $"{prefix}-.*", StateFilters = ["Ongoing", "PrepareCommit"] }));
        Assert.Equal([$"{prefix}-idle Empty"], await ListAsync(new() { ProducerIdFilters = [idle.ProducerId] }));
        Assert.Empty(await ListAsync(new() { ProducerIdFilters = [idle.ProducerId], StateFilters = ["Ongoing"] }));
        // The whole id has to match.
        Assert.Empty(await ListAsync(new() { TransactionalIdPattern = prefix }));

        async Task<IEnumerable<string>> ListAsync(ListTransactionsRequest request) =>
            (await TransactionAdminTests.ListAsync(client, request)).Select(one => $"{one.TransactionalId} {one.TransactionState}").Order();
    }

    [Fact]
    public async Task Only_what_is_open_for_longer_passes_the_duration_filter()
    {
        using var client = await ConnectAsync();
        var topic = await CreateAsync();
        var open = await WireProducer.BeginAsync(client, BrokerFixture.NewName("long"));
        await open.AddAsync(topic);
        var described = await DescribeAsync(client, open.TransactionalId);

        while (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() <= described.TransactionStartTimeMs + 1)
            await Task.Yield();

        Assert.Contains(await ListAsync(client, new() { DurationFilter = 0 }), one => one.TransactionalId == open.TransactionalId);
        Assert.DoesNotContain(await ListAsync(client, new() { DurationFilter = 3_600_000 }), one => one.TransactionalId == open.TransactionalId);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[a")]
    [InlineData("(?=a)b")]
    [InlineData(@"(a)\1")]
    public async Task A_pattern_that_is_none_is_refused(string pattern)
    {
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new() { TransactionalIdPattern = pattern }, 2);

        Assert.Equal(ErrorCode.InvalidRegularExpression, answer.ErrorCode);
    }

    /// <summary>Such patterns keep other engines busy for hours, or fill their memory.</summary>
    [Theory]
    [InlineData("(a+)+$", ErrorCode.None)]
    [InlineData("((((a{100}){100}){100}){100})", ErrorCode.InvalidRegularExpression)]
    public async Task A_pattern_costs_nothing_that_its_client_chooses(string pattern, ErrorCode expected)
    {
        using var client = await ConnectAsync();
        await WireProducer.BeginAsync(client, new string('a', 200) + "b");

        var answer = await client.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new() { TransactionalIdPattern = pattern }, 2);

        Assert.Equal(expected, answer.ErrorCode);
    }

    [Fact]
    public async Task States_that_there_are_not_are_named()
    {
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new() { StateFilters = ["Ongoing", "Nonsense"] }, 0);

        Assert.Equal(["Nonsense"], answer.UnknownStateFilters);
    }

    [Fact]
    public async Task A_transaction_is_described_with_its_partitions()
    {
        using var client = await ConnectAsync();
        var topic = await CreateAsync();
        var producer = await WireProducer.BeginAsync(client, BrokerFixture.NewName("described"), timeoutMs: 45_000);
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await producer.AddAsync(topic);

        var open = await DescribeAsync(client, producer.TransactionalId);
        var unknown = await DescribeAsync(client, "nobody");

        Assert.Equal((ErrorCode.None, "Ongoing", 45_000), (open.ErrorCode, open.TransactionState, open.TransactionTimeoutMs));
        Assert.Equal((producer.ProducerId, producer.Epoch), (open.ProducerId, open.ProducerEpoch));
        Assert.InRange(open.TransactionStartTimeMs, before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal(topic, Assert.Single(open.Topics).Topic);
        Assert.Equal([0], open.Topics[0].Partitions);
        Assert.Equal(ErrorCode.TransactionalIdNotFound, unknown.ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequest, (await DescribeAsync(client, "")).ErrorCode);
    }

    /// <summary>What kafka-transactions.sh abort does: find the producer by where its transaction begins, and write the marker.</summary>
    [Fact]
    public async Task A_transaction_that_hangs_is_found_and_aborted()
    {
        using var client = await ConnectAsync();
        var topic = await CreateAsync();
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1, 0);
        var producer = await WireProducer.BeginAsync(client, BrokerFixture.NewName("hangs"));
        await producer.AddAsync(topic);
        Assert.Equal((ErrorCode.None, 1L), await producer.ProduceAsync(topic, "hangs"));
        await Librdkafka.ProduceAsync(broker.Bootstrap, topic, 1, 0);

        var hanging = Assert.Single(await ProducersAsync(client, topic), one => one.CurrentTxnStartOffset == 1);
        Assert.Equal((producer.ProducerId, (int)producer.Epoch, 0), (hanging.ProducerId, hanging.ProducerEpoch, hanging.LastSequence));
        var written = await AbortAsync(client, topic, hanging, Math.Max(0, hanging.CoordinatorEpoch));

        Assert.Equal(ErrorCode.None, written);
        var ended = Assert.Single(await ProducersAsync(client, topic), one => one.ProducerId == producer.ProducerId);
        Assert.Equal((-1L, 0), (ended.CurrentTxnStartOffset, ended.CoordinatorEpoch));
        Assert.Equal(["v0", "v0"], ReadCommitted(broker.Bootstrap, topic, 2));
        // Of the past, of a coordinator that is fenced, and of a partition that there is not.
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, await AbortAsync(client, topic, hanging, -1));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await AbortAsync(client, "absent", hanging, 0));
        // The coordinator is not kept from ending it in its own way, whatever epoch was named.
        Assert.Equal(ErrorCode.None, await AbortAsync(client, topic, hanging, 99));
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commits: false));
        Assert.Equal(ErrorCode.None, await producer.AddAsync(topic));
    }

    [Fact]
    public async Task After_a_kill_ids_are_listed_and_their_transactions_ended_though_no_producer_comes_back()
    {
        await using var process = await BrokerProcess.StartAsync();
        var topic = await Librdkafka.CreateTopicAsync(process.Bootstrap, 1);
        using (var client = await WireClient.ConnectAsync(process.EndPoint))
        {
            await WireProducer.BeginAsync(client, "idle");
            // A machine with more work than processors may take longer than the transaction's time between any two of these.
            bool isOpen;
            do
            {
                var open = await WireProducer.BeginAsync(client, "open", timeoutMs: 1000);
                isOpen = await open.AddAsync(topic) == ErrorCode.None && (await open.ProduceAsync(topic, "of the dead")).Error == ErrorCode.None;
            }
            while (!isOpen);
        }
        await process.KillAsync();
        await process.StartAgainAsync();
        await Librdkafka.ProduceAsync(process.Bootstrap, topic, 1);

        // Held back until the transaction of the producer that is gone timed out.
        Assert.Equal(["v0"], ReadCommitted(process.Bootstrap, topic, 1));
        using var again = await WireClient.ConnectAsync(process.EndPoint);
        Assert.Equal(["idle", "open"], (await ListAsync(again, new())).Select(one => one.TransactionalId));
    }

    private static async Task<List<ListedTransaction>> ListAsync(WireClient client, ListTransactionsRequest request)
    {
        var answer = await client.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(request, 2);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.TransactionStates;
    }

    private static async Task<DescribeTransactionsResponseTransactionState> DescribeAsync(WireClient client, string id) =>
        (await client.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(new() { TransactionalIds = [id] }, 0)).TransactionStates[0];

    private static async Task<List<DescribeProducersResponseProducerState>> ProducersAsync(WireClient client, string topic)
    {
        var answer = await client.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(new() { Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, 0);
        Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
        return answer.Topics[0].Partitions[0].ActiveProducers;
    }

    private static async Task<ErrorCode> AbortAsync(WireClient client, string topic, DescribeProducersResponseProducerState producer, int coordinatorEpoch)
    {
        var answer = await client.AskAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(
            new()
            {
                Markers = [new()
                {
                    ProducerId = producer.ProducerId,
                    ProducerEpoch = (short)producer.ProducerEpoch,
                    CoordinatorEpoch = coordinatorEpoch,
                    TransactionResult = false,
                    Topics = [new() { Name = topic, PartitionIndexes = [0] }],
                }],
            },
            1);
        return answer.Markers[0].Topics[0].Partitions[0].ErrorCode;
    }

    private static IEnumerable<string> ReadCommitted(string bootstrap, string topic, int count)
    {
        using var consumer = Librdkafka.Consumer(bootstrap, BrokerFixture.NewName("reader"), config => config.IsolationLevel = IsolationLevel.ReadCommitted).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        return Librdkafka.Read(consumer, count).Select(result => result.Message.Value);
    }

    private Task<string> CreateAsync() => Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);

    private Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(broker.Broker.EndPoint);
}
