using System.Buffers.Binary;
using System.Text;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>Transactions request by request: error codes by version, both versions of the protocol, and what readers are told.</summary>
public sealed class TransactionProtocolTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const sbyte ReadCommitted = 1;

    [Fact]
    public async Task Producers_are_told_that_version_2_is_served()
    {
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new() { ClientSoftwareName = "tests", ClientSoftwareVersion = "1" }, 3);

        Assert.True(answer.FinalizedFeaturesEpoch >= 0);
        var level = Assert.Single(answer.FinalizedFeatures, feature => feature.Name == "transaction.version");
        Assert.Equal((2, 2), (level.MinVersionLevel, level.MaxVersionLevel));
        // 0 cannot be read at this version (KAFKA-17011).
        Assert.InRange(Assert.Single(answer.SupportedFeatures, feature => feature.Name == "transaction.version").MinVersion, 1, 2);
    }

    /// <summary>Quirk 14.</summary>
    [Fact]
    public async Task Aborted_transactions_come_by_first_offset_and_nothing_past_the_last_stable_offset()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var producers = new List<WireProducer>();
        for (var i = 0; i < 4; i++)
        {
            producers.Add(await BeginAsync(client));
            Assert.Equal(ErrorCode.None, await producers[i].AddAsync(topic));
            Assert.Equal((ErrorCode.None, (long)i), await producers[i].ProduceAsync(topic, $"{i}"));
        }
        // They end in another order than they began in, and the last one stays open.
        foreach (var i in new[] { 2, 0, 1 })
            await producers[i].EndAsync(commits: i == 1);

        var committed = await FetchUntilAsync(client, topic, fetched => fetched.LastStableOffset == 3);
        var uncommitted = (await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0), 11)).Responses[0].Partitions[0];

        Assert.Equal([(producers[0].ProducerId, 0L), (producers[2].ProducerId, 2L)], committed.AbortedTransactions!.Select(a => (a.ProducerId, a.FirstOffset)));
        Assert.Equal([0L, 1L, 2L], BaseOffsets(committed));
        Assert.Equal(7, uncommitted.HighWatermark);
        Assert.Equal([0L, 1L, 2L, 3L, 4L, 5L, 6L], BaseOffsets(uncommitted));
        Assert.Null(uncommitted.AbortedTransactions);
        Assert.Equal((3L, 7L), (await EndOffsetAsync(client, topic, ReadCommitted), await EndOffsetAsync(client, topic, 0)));
    }

    [Fact]
    public async Task An_incremental_session_of_committed_reads_goes_on_when_a_transaction_ends()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        using var reader = await ConnectAsync();
        var producer = await BeginAsync(client);
        await producer.AddAsync(topic);
        await producer.ProduceAsync(topic, "v");
        var request = Fetch(topic, ReadCommitted, maxWaitMs: 0);
        request.SessionEpoch = 0;
        var session = await reader.AskAsync<FetchRequest, FetchResponse>(request, 11);
        Assert.Empty(BaseOffsets(session.Responses[0].Partitions[0]));

        await reader.SendAsync(new FetchRequest { MaxBytes = 10_000, MinBytes = 1, MaxWaitMs = 600_000, IsolationLevel = ReadCommitted, SessionId = session.SessionId, SessionEpoch = 1 }, 11);
        await producer.EndAsync(commits: true);

        Assert.Equal([0L, 1L], BaseOffsets((await reader.ReceiveAsync<FetchResponse>(11)).Responses[0].Partitions[0]));
    }

    /// <summary>Quirk 14: what EndTxn answers to nonsense is never the broker's fault.</summary>
    [Fact]
    public async Task EndTxn_answers_nonsense_with_a_code_of_its_own()
    {
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        foreach (var id in new[] { producer.TransactionalId, "nobody", "", new string('x', 30_000) })
            foreach (var (producerId, epoch) in new[] { (producer.ProducerId, producer.Epoch), (-1L, (short)-1), (long.MaxValue, short.MaxValue), (producer.ProducerId, short.MaxValue) })
                for (short version = 0; version <= 5; version++)
                {
                    var answer = await client.AskAsync<EndTxnRequest, EndTxnResponse>(
                        new() { TransactionalId = id, ProducerId = producerId, ProducerEpoch = epoch, Committed = true }, version);
                    Assert.Contains(
                        answer.ErrorCode,
                        new[] { ErrorCode.InvalidTxnState, ErrorCode.InvalidProducerIdMapping, ErrorCode.InvalidRequest, ErrorCode.ProducerFenced, ErrorCode.InvalidProducerEpoch });
                }
    }

    /// <summary>Quirk 20.</summary>
    [Theory]
    [InlineData(3, 1, 1, 1, ErrorCode.InvalidProducerEpoch)]
    [InlineData(4, 2, 2, 2, ErrorCode.ProducerFenced)]
    [InlineData(5, 5, 4, 5, ErrorCode.ProducerFenced)]
    public async Task A_fenced_producer_hears_it_in_the_code_of_its_version(short init, short add, short addGroup, short end, ErrorCode expected)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var fenced = await BeginAsync(client);
        await fenced.AddAsync(topic);
        await fenced.ProduceAsync(topic, "of the fenced");
        await WireProducer.BeginAsync(client, fenced.TransactionalId);

        Assert.Equal(expected, await fenced.ReassignAsync(init));
        Assert.Equal(expected, await fenced.AddAsync(topic, add));
        Assert.Equal(expected, await fenced.AddGroupAsync("group", addGroup));
        Assert.Equal(expected, await fenced.EndAsync(commits: true, end));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await fenced.ProduceAsync(topic, "late")).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await fenced.CommitOffsetAsync("group", topic, 1));
    }

    [Theory]
    [InlineData(9, ErrorCode.InvalidTxnState)]
    [InlineData(10, ErrorCode.InvalidTxnState)]
    [InlineData(11, ErrorCode.TransactionAbortable)]
    public async Task A_batch_of_no_transaction_is_refused_in_the_code_of_its_version(short version, ErrorCode expected)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);

        Assert.Equal(expected, (await producer.ProduceAsync(topic, "v", version)).Error);
        Assert.Equal(0, await EndOffsetAsync(client, topic, 0));
    }

    /// <summary>Version 2 begins the next transaction while the markers of the last one are on their way: none of it may count to that one.</summary>
    [Fact]
    public async Task Version_2_adds_partitions_by_producing_and_raises_the_epoch_with_every_end()
    {
        var topic = await CreateAsync();
        var group = BrokerFixture.NewName("v2");
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        var first = producer.Epoch;
        for (var i = 0; i < 40; i++)
        {
            // Markers that take the disk longer than a second are an error that clients try again after.
            var produced = ErrorCode.NotEnoughReplicas;
            while (produced == ErrorCode.NotEnoughReplicas)
                produced = (await producer.ProduceAsync(topic, $"{i}", 12)).Error;
            Assert.Equal(ErrorCode.None, produced);
            var commit = ErrorCode.CoordinatorNotAvailable;
            while (commit == ErrorCode.CoordinatorNotAvailable)
                commit = await producer.CommitOffsetAsync(group, topic, i, 5);
            Assert.Equal(ErrorCode.None, commit);
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commits: i % 3 != 2, 5));
            Assert.Equal(first + i + 1, producer.Epoch);
        }
        // Nothing was begun: only its epoch goes on.
        var idle = ErrorCode.ConcurrentTransactions;
        while (idle == ErrorCode.ConcurrentTransactions)
            idle = await producer.EndAsync(commits: false, 5);
        Assert.Equal((ErrorCode.None, first + 41), (idle, producer.Epoch));

        var fetched = await FetchUntilAsync(client, topic, partition => partition.LastStableOffset == 80);

        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 3 != 2).Select(i => $"{i}"), CommittedValues(fetched));
        var offsets = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(
            new() { RequireStable = true, Groups = [new() { GroupId = group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }] }, 8);
        Assert.Equal((ErrorCode.None, 39L), (offsets.Groups[0].Topics[0].Partitions[0].ErrorCode, offsets.Groups[0].Topics[0].Partitions[0].CommittedOffset));
    }

    /// <summary>Quirk 26, in the form that names many groups.</summary>
    [Fact]
    public async Task Pending_offsets_make_only_their_own_partitions_unstable()
    {
        var (topic, other) = (await CreateAsync(), await CreateAsync());
        var group = BrokerFixture.NewName("pending");
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        await producer.AddGroupAsync(group);
        Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(group, topic, 7));

        var pending = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(Request(), 9);
        await producer.EndAsync(commits: false);
        var decided = pending;
        while (decided.Groups[0].Topics[0].Partitions[0].ErrorCode == ErrorCode.UnstableOffsetCommit)
            decided = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(Request(), 9);

        Assert.Equal([ErrorCode.UnstableOffsetCommit, ErrorCode.None], pending.Groups[0].Topics.Select(one => one.Partitions[0].ErrorCode));
        Assert.Equal([-1L, -1L], decided.Groups[0].Topics.Select(one => one.Partitions[0].CommittedOffset));

        OffsetFetchRequest Request() => new()
        {
            RequireStable = true,
            Groups = [new() { GroupId = group, Topics = [new() { Name = topic, PartitionIndexes = [0] }, new() { Name = other, PartitionIndexes = [0] }] }],
        };
    }

    [Theory]
    [InlineData(4, ErrorCode.InvalidTxnState)]
    [InlineData(5, ErrorCode.TransactionAbortable)]
    public async Task Verifying_names_the_partitions_that_are_not_in_the_transaction(short version, ErrorCode expected)
    {
        var (topic, other) = (await CreateAsync(), await CreateAsync());
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        await producer.AddAsync(topic);

        var answer = await client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
            new()
            {
                Transactions =
                [
                    new()
                    {
                        TransactionalId = producer.TransactionalId,
                        ProducerId = producer.ProducerId,
                        ProducerEpoch = producer.Epoch,
                        VerifyOnly = true,
                        Topics = [new() { Name = topic, Partitions = [0] }, new() { Name = other, Partitions = [0] }],
                    },
                    new() { TransactionalId = "nobody", VerifyOnly = true, Topics = [new() { Name = topic, Partitions = [0] }] },
                ],
            },
            version);

        ErrorCode[] codes = [.. answer.ResultsByTransaction.SelectMany(one => one.TopicResults).Select(one => one.ResultsByPartition[0].PartitionErrorCode)];
        Assert.Equal([ErrorCode.None, expected, ErrorCode.InvalidProducerIdMapping], codes);
    }

    [Fact]
    public async Task A_transaction_ends_although_one_of_its_topics_is_deleted()
    {
        var (topic, deleted) = (await CreateAsync(), await CreateAsync());
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        foreach (var name in new[] { topic, deleted })
        {
            await producer.AddAsync(name);
            await producer.ProduceAsync(name, "v");
        }
        await client.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TimeoutMs = 10_000, TopicNames = [deleted] }, 4);

        Assert.Equal(ErrorCode.None, await producer.EndAsync(commits: true));

        await FetchUntilAsync(client, topic, fetched => fetched.LastStableOffset == 2);
        Assert.Equal(ErrorCode.None, await producer.AddAsync(topic));
    }

    [Fact]
    public async Task Times_of_appending_are_no_matter_to_transactions()
    {
        var topic = await Librdkafka.CreateTopicAsync(broker.Bootstrap, 1, new() { ["message.timestamp.type"] = "LogAppendTime" });
        using var client = await ConnectAsync();
        var producer = await BeginAsync(client);
        foreach (var commits in new[] { true, false })
        {
            await producer.AddAsync(topic);
            Assert.Equal(ErrorCode.None, (await producer.ProduceAsync(topic, $"{commits}")).Error);
            await producer.EndAsync(commits);
        }

        Assert.Equal(["True"], CommittedValues(await FetchUntilAsync(client, topic, fetched => fetched.LastStableOffset == 4)));
    }

    private static IEnumerable<long> BaseOffsets(FetchResponsePartitionData fetched) => BatchesOf(fetched).Select(batch => batch.BaseOffset);

    /// <summary>What a client makes of a fetch under read_committed.</summary>
    private static IEnumerable<string> CommittedValues(FetchResponsePartitionData fetched)
    {
        var aborted = new Queue<FetchResponseAbortedTransaction>(fetched.AbortedTransactions ?? []);
        var skipping = new HashSet<long>();
        foreach (var batch in BatchesOf(fetched))
        {
            while (aborted.TryPeek(out var next) && next.FirstOffset <= batch.LastOffset)
                skipping.Add(aborted.Dequeue().ProducerId);
            if (batch.IsControl)
                skipping.Remove(batch.ProducerId);
            else if (!skipping.Contains(batch.ProducerId))
                yield return FirstValue(batch);
        }
    }

    private static string FirstValue(RecordBatch batch)
    {
        var reader = RecordReader.Open(batch, 1_000_000);
        Assert.True(reader.TryReadNext(out var record));
        return Encoding.UTF8.GetString(record.Value!.Value.Span);
    }

    private static List<RecordBatch> BatchesOf(FetchResponsePartitionData fetched)
    {
        var batches = new List<RecordBatch>();
        for (var bytes = fetched.Records?.ToContiguous() ?? default; bytes.Length > 0;)
        {
            var length = 12 + BinaryPrimitives.ReadInt32BigEndian(bytes.Span[8..]);
            batches.Add(new RecordBatch(bytes[..length]));
            bytes = bytes[length..];
        }
        return batches;
    }

    private static FetchRequest Fetch(string topic, sbyte isolation, int maxWaitMs = 100) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = 1_000_000,
        IsolationLevel = isolation,
        SessionEpoch = -1,
        Topics = [new() { Topic = topic, Partitions = [new() { PartitionMaxBytes = 1_000_000 }] }],
    };

    private static async Task<FetchResponsePartitionData> FetchUntilAsync(WireClient client, string topic, Func<FetchResponsePartitionData, bool> isEnough)
    {
        for (var deadline = DateTime.UtcNow + Librdkafka.Patience; ;)
        {
            var fetched = (await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, ReadCommitted), 11)).Responses[0].Partitions[0];
            if (isEnough(fetched))
                return fetched;
            Assert.True(DateTime.UtcNow < deadline, $"the last stable offset stays at {fetched.LastStableOffset}");
        }
    }

    private static async Task<long> EndOffsetAsync(WireClient client, string topic, sbyte isolation)
    {
        var found = await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(
            new() { ReplicaId = -1, IsolationLevel = isolation, Topics = [new() { Name = topic, Partitions = [new() { Timestamp = -1 }] }] }, 5);
        return found.Topics[0].Partitions[0].Offset;
    }

    private static Task<WireProducer> BeginAsync(WireClient client) => WireProducer.BeginAsync(client, BrokerFixture.NewName("wire"));

    private Task<string> CreateAsync() => Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);

    private Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(broker.Broker.EndPoint);
}
