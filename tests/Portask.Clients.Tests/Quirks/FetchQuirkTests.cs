using System.Text;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Reading, over every records journal.</summary>
public abstract class FetchQuirkScenarios(BrokerFixture broker) : QuirkScenarios(broker)
{
    [Fact]
    [Quirk(7)]
    public async Task A_fetch_at_the_end_is_held_until_a_record_comes()
    {
        var topic = await CreateAsync();
        using var reader = await ConnectAsync();
        using var writer = await ConnectAsync();
        // Longer than the test waits for the answer.
        await reader.SendAsync(Fetch(topic, 0, maxWaitMs: 600_000), 4);
        await ProduceAsync(writer, topic, Batches.Of(CompressionType.None, "late"u8.ToArray()));

        var answer = await reader.ReceiveAsync<FetchResponse>(4);

        Assert.True(Records(answer).Length > 0);
        Assert.Equal(1, answer.Responses[0].Partitions[0].HighWatermark);
    }

    [Fact]
    [Quirk(21)]
    public async Task A_fetch_with_nothing_to_read_answers_empty_after_its_wait()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();

        var answer = await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0, maxWaitMs: 300), 4);

        Assert.Equal((ErrorCode.None, 0), (answer.Responses[0].Partitions[0].ErrorCode, Records(answer).Length));
    }

    [Fact]
    [Quirk(8)]
    public async Task A_fetch_inside_a_batch_gets_the_whole_batch()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Gzip, [.. Enumerable.Range(0, 10).Select(i => Encoding.UTF8.GetBytes($"{i}"))]));

        var batch = new RecordBatch(Records(await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 7), 4)));

        Assert.Equal((0, 9), (batch.BaseOffset, batch.LastOffset));
    }

    [Fact]
    [Quirk(27)]
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
    [Quirk(27)]
    public async Task Min_bytes_are_waited_for()
    {
        var topic = await CreateAsync();
        using var reader = await ConnectAsync();
        using var writer = await ConnectAsync();
        var request = Fetch(topic, 0, maxWaitMs: 600_000);
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

    [Theory]
    [Quirk(22)]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public async Task Offsets_are_found_by_time_to_the_record_and_by_the_special_times(CompressionType codec)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        // The latest time is in the middle and is there twice.
        await ProduceAsync(client, topic, Batches.At(codec, now, now + 1, now + 9, now + 9, now + 5));
        await ProduceAsync(client, topic, Batches.At(codec, now + 7, now + 8));

        Assert.Equal((1, now + 1), await ListAsync(now + 1, 1));
        Assert.Equal((2, now + 9), await ListAsync(now + 2, 1));
        Assert.Equal((-1, -1), await ListAsync(now + 10, 1));
        Assert.Equal((7, -1), await ListAsync(-1, 1));
        Assert.Equal((0, -1), await ListAsync(-2, 1));
        Assert.Equal((2, now + 9), await ListAsync(-3, 7));
        Assert.Equal((0, -1), await ListAsync(-4, 8));
        Assert.Equal((-1, -1), await ListAsync(-5, 9));

        async Task<(long Offset, long Timestamp)> ListAsync(long timestamp, short version)
        {
            var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [new() { Timestamp = timestamp }] }] };
            var found = (await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(request, version)).Topics[0].Partitions[0];
            Assert.Equal(ErrorCode.None, found.ErrorCode);
            return (found.Offset, found.Timestamp);
        }
    }

    [Theory]
    [Quirk(22)]
    [InlineData(-3, 6)]
    [InlineData(-4, 7)]
    [InlineData(-5, 8)]
    [InlineData(-9, 11)]
    public async Task A_special_time_that_a_version_does_not_know_is_refused(long timestamp, short version)
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [new() { Timestamp = timestamp }] }] };

        var answer = await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(request, version);

        Assert.Equal(ErrorCode.UnsupportedVersion, answer.Topics[0].Partitions[0].ErrorCode);
    }

    private static FetchRequest Session(int id, int epoch) => new() { MaxBytes = 1000, MinBytes = 1, SessionId = id, SessionEpoch = epoch };
}

public sealed class FetchQuirkTests(BrokerFixture broker) : FetchQuirkScenarios(broker), IClassFixture<BrokerFixture>;

public sealed class FetchQuirkOverSqliteTests(SqliteRecordsFixture broker) : FetchQuirkScenarios(broker), IClassFixture<SqliteRecordsFixture>;

public sealed class FetchQuirkOverPostgresTests(PostgresRecordsFixture broker) : FetchQuirkScenarios(broker), IClassFixture<PostgresRecordsFixture>;
