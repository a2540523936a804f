using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>Faults that real clients hit on other brokers, each with the raw request that shows it, over every records journal.</summary>
public abstract class QuirksScenarios(BrokerFixture broker)
{
    [Fact]
    public async Task ApiVersions_of_an_unknown_version_gets_a_version_0_body_with_the_range_of_key_18()
    {
        using var client = await ConnectAsync();
        await client.SendFrameAsync(WireClient.Header((short)ApiKey.ApiVersions, 77, flexible: true));

        var answer = await client.ReceiveAsync<ApiVersionsResponse>(0);

        Assert.Equal(ErrorCode.UnsupportedVersion, answer.ErrorCode);
        Assert.Equal((18, 0, 4), Assert.Single(answer.ApiKeys.Select(key => (key.ApiKey, key.MinVersion, key.MaxVersion))));
        Assert.Equal(ErrorCode.None, (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0)).ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Produce_below_3_is_advertised_and_refused_in_its_own_form(short version)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, Batches.Of(CompressionType.None, "v"u8.ToArray())), version);

        Assert.Equal(ErrorCode.UnsupportedVersion, answer.Responses[0].PartitionResponses[0].ErrorCode);
        var served = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        Assert.Equal((0, 13), Assert.Single(served.ApiKeys.Where(key => key.ApiKey == 0).Select(key => (key.MinVersion, key.MaxVersion))));
        Assert.Equal(0, served.ApiKeys.Single(key => key.ApiKey == (short)ApiKey.JoinGroup).MinVersion);
    }

    [Fact]
    public async Task A_fetch_at_the_end_is_held_until_a_record_comes()
    {
        var topic = await CreateAsync();
        using var reader = await ConnectAsync();
        using var writer = await ConnectAsync();
        var watch = Stopwatch.StartNew();
        await reader.SendAsync(Fetch(topic, 0, maxWaitMs: 20_000), 4);
        await ProduceAsync(writer, topic, Batches.Of(CompressionType.None, "late"u8.ToArray()));

        var answer = await reader.ReceiveAsync<FetchResponse>(4);

        Assert.True(Records(answer).Length > 0);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        Assert.Equal(1, answer.Responses[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public async Task A_fetch_with_nothing_to_read_answers_empty_after_its_wait()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0, maxWaitMs: 300), 4);

        Assert.Equal((ErrorCode.None, 0), (answer.Responses[0].Partitions[0].ErrorCode, Records(answer).Length));
    }

    [Fact]
    public async Task A_fetch_inside_a_batch_gets_the_whole_batch()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Gzip, [.. Enumerable.Range(0, 10).Select(i => Encoding.UTF8.GetBytes($"{i}"))]));

        var batch = new RecordBatch(Records(await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 7), 4)));

        Assert.Equal((0, 9), (batch.BaseOffset, batch.LastOffset));
    }

    [Fact]
    public async Task Five_batches_in_flight_are_remembered_and_a_sixth_is_not()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var producer = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = null }, 0);
        byte[] At(int sequence) => Batches.Of(producer.ProducerId, producer.ProducerEpoch, sequence, "v"u8.ToArray());
        for (var i = 0; i < 6; i++)
            Assert.Equal((ErrorCode.None, (long)i), await ProduceAsync(client, topic, At(i)));

        Assert.Equal((ErrorCode.None, 1L), await ProduceAsync(client, topic, At(1)));
        Assert.Equal((ErrorCode.None, 5L), await ProduceAsync(client, topic, At(5)));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await ProduceAsync(client, topic, At(0))).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await ProduceAsync(client, topic, At(8))).Error);
        Assert.Equal((ErrorCode.None, 6L), await ProduceAsync(client, topic, At(6)));
    }

    [Fact]
    public async Task A_batch_without_a_maximum_time_is_taken()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var batch = Batches.Of(CompressionType.None, "v"u8.ToArray());
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), -1);

        Assert.Equal((ErrorCode.None, 0L), await ProduceAsync(client, topic, Batches.Sealed(batch)));
        var found = await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(
            new() { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [new() { Timestamp = 1 }] }] }, 1);
        Assert.Equal(0, found.Topics[0].Partitions[0].Offset);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order_and_append_in_order()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        for (var i = 0; i < 50; i++)
            await client.SendAsync(Batches.Produce(topic, Batches.Of(CompressionType.None, Encoding.UTF8.GetBytes($"{i}"))), 7);
        await client.SendAsync(new FindCoordinatorRequest { Key = "g" }, 1);

        for (var i = 0; i < 50; i++)
            Assert.Equal(i, (await client.ReceiveAsync<ProduceResponse>(7)).Responses[0].PartitionResponses[0].BaseOffset);
        Assert.Equal(1, (await client.ReceiveAsync<FindCoordinatorResponse>(1)).NodeId);
    }

    [Fact]
    public async Task Racing_creations_make_one_topic_with_one_id()
    {
        var topic = BrokerFixture.NewName("race");
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync()));

        var answers = await Task.WhenAll(clients.Select(client =>
            client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 10)));

        Assert.All(answers, answer => Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode));
        Assert.Single(answers.Select(answer => answer.Topics[0].TopicId).Distinct());
        Assert.NotEqual(Guid.Empty, answers[0].Topics[0].TopicId);
        Assert.All(answers, answer => Assert.True(answer.Topics[0].Partitions[0].LeaderEpoch >= 0));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task Metadata_that_may_not_create_says_that_there_is_no_topic()
    {
        using var client = await ConnectAsync();
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = [new() { Name = BrokerFixture.NewName("absent") }] };

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.AskAsync<MetadataRequest, MetadataResponse>(request, 9)).Topics[0].ErrorCode);
    }

    [Fact]
    public async Task FindCoordinator_echoes_every_key()
    {
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { CoordinatorKeys = ["a", "b", "c"] }, 4);

        Assert.Equal(["a", "b", "c"], answer.Coordinators.Select(coordinator => coordinator.Key));
    }

    [Fact]
    public async Task Max_bytes_hold_except_for_the_first_batch()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        for (var i = 0; i < 10; i++)
            await ProduceAsync(client, topic, Batches.Of(CompressionType.None, new byte[1000]));

        var one = Records(await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0, maxBytes: 10), 4));
        var some = Records(await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0, maxBytes: 5000), 4));

        Assert.InRange(one.Length, 1000, 1200);
        Assert.InRange(some.Length, 3000, 5000);
    }

    [Fact]
    public async Task Min_bytes_are_waited_for()
    {
        var topic = await CreateAsync();
        using var reader = await ConnectAsync();
        using var writer = await ConnectAsync();
        var request = Fetch(topic, 0, maxWaitMs: 20_000);
        request.MinBytes = 2500;
        await reader.SendAsync(request, 4);
        for (var i = 0; i < 3; i++)
            await ProduceAsync(writer, topic, Batches.Of(CompressionType.None, new byte[1000]));

        Assert.True(Records(await reader.ReceiveAsync<FetchResponse>(4)).Length >= 3000);
    }

    [Fact]
    public async Task An_incremental_session_tells_only_what_changed()
    {
        var (quiet, busy) = (await CreateAsync(), await CreateAsync());
        using var client = await ConnectAsync();
        var request = Fetch(quiet, 0, maxWaitMs: 0);
        request.Topics.AddRange(Fetch(busy, 0).Topics);
        request.SessionEpoch = 0;
        var full = await client.AskAsync<FetchRequest, FetchResponse>(request, 11);
        Assert.NotEqual(0, full.SessionId);
        Assert.Equal(2, full.Responses.Count);
        await ProduceAsync(client, busy, Batches.Of(CompressionType.None, "v"u8.ToArray()));

        var news = await client.AskAsync<FetchRequest, FetchResponse>(Session(full.SessionId, 1), 11);
        var wrong = await client.AskAsync<FetchRequest, FetchResponse>(Session(full.SessionId, 9), 11);
        var unknown = await client.AskAsync<FetchRequest, FetchResponse>(Session(full.SessionId ^ 1, 1), 11);

        Assert.Equal(busy, Assert.Single(news.Responses).Topic);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, wrong.ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, unknown.ErrorCode);
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(99, ErrorCode.UnknownLeaderEpoch)]
    public async Task Leader_epochs_are_fenced(int epoch, ErrorCode expected)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var request = Fetch(topic, 0, maxWaitMs: 0);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;

        Assert.Equal(expected, (await client.AskAsync<FetchRequest, FetchResponse>(request, 11)).Responses[0].Partitions[0].ErrorCode);
    }

    private static FetchRequest Session(int id, int epoch) => new() { MaxBytes = 1000, MinBytes = 1, SessionId = id, SessionEpoch = epoch };

    private static FetchRequest Fetch(string topic, long offset, int maxWaitMs = 5000, int maxBytes = 1_000_000) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = maxBytes,
        Topics = [new() { Topic = topic, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = maxBytes }] }],
    };

    private static ReadOnlyMemory<byte> Records(FetchResponse response) => response.Responses[0].Partitions[0].Records!.ToContiguous();

    private static async Task<(ErrorCode Error, long Offset)> ProduceAsync(WireClient client, string topic, byte[] batch)
    {
        var answer = (await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, batch), 7)).Responses[0].PartitionResponses[0];
        return (answer.ErrorCode, answer.BaseOffset);
    }

    private Task<string> CreateAsync() => Librdkafka.CreateTopicAsync(broker.Bootstrap, 1);

    private Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(broker.Broker.EndPoint);
}

public sealed class QuirksTests(BrokerFixture broker) : QuirksScenarios(broker), IClassFixture<BrokerFixture>;

public sealed class QuirksOverSqliteTests(SqliteRecordsFixture broker) : QuirksScenarios(broker), IClassFixture<SqliteRecordsFixture>;

public sealed class QuirksOverPostgresTests(PostgresRecordsFixture broker) : QuirksScenarios(broker), IClassFixture<PostgresRecordsFixture>;
