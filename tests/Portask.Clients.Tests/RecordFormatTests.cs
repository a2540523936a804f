using Portask.Clients.Tests.Harness;
using Portask.Clients.Tests.Quirks;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>What becomes of batches between a producer and a reader: codecs, levels, times and old message formats.</summary>
public sealed class RecordFormatTests(BrokerFixture broker) : QuirkScenarios(broker), IClassFixture<BrokerFixture>
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("gzip", "1", "9")]
    [InlineData("lz4", "9", "12")]
    [InlineData("zstd", "-50", "19")]
    public async Task The_level_of_a_topic_counts_and_a_change_of_it_too(string codec, string low, string high)
    {
        var topic = await CreateAsync(new() { ["compression.type"] = codec, [$"compression.{codec}.level"] = low });
        using var client = await ConnectAsync();
        var text = System.Text.Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(0, 20_000).Select(i => (i * 7919 % 1009).ToString("x", null))));
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Snappy, text));
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = topic, Configs = [new() { Name = $"compression.{codec}.level", Value = high }] }],
        };
        await client.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, 1);
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Snappy, text));

        var (weak, strong) = (await BatchAsync(client, topic, 0), await BatchAsync(client, topic, 1));

        Assert.Equal((codec, codec), (weak.CompressionType.ToString().ToLowerInvariant(), strong.CompressionType.ToString().ToLowerInvariant()));
        Assert.True(strong.Length < weak.Length, $"{weak.Length} and {strong.Length} bytes");
    }

    [Theory]
    [InlineData("producer")]
    [InlineData("zstd")]
    public async Task LogAppendTime_is_the_same_in_the_answer_the_records_and_the_look_up(string codec)
    {
        var topic = await CreateAsync(new() { ["message.timestamp.type"] = "LogAppendTime", ["compression.type"] = codec });
        using var client = await ConnectAsync();

        var appended = await AppendAsync(client, Batches.Produce(topic, Batches.At(CompressionType.Gzip, 5, 9_000_000_000_000, 7)));

        Assert.Equal(ErrorCode.None, appended.ErrorCode);
        Assert.InRange(appended.LogAppendTimeMs, Now - 60_000, Now);
        var batch = await BatchAsync(client, topic, 0);
        Assert.Equal((true, appended.LogAppendTimeMs), (batch.HasLogAppendTime, batch.MaxTimestamp));
        Assert.Equal((0, appended.LogAppendTimeMs), await ListAsync(client, topic, -3));
        Assert.Equal((0, appended.LogAppendTimeMs), await ListAsync(client, topic, 6));
        Assert.Equal((-1, -1), await ListAsync(client, topic, appended.LogAppendTimeMs + 1));
    }

    [Fact]
    public async Task Records_with_times_out_of_range_are_named()
    {
        var topic = await CreateAsync(new() { ["message.timestamp.before.max.ms"] = "60000", ["message.timestamp.after.max.ms"] = "60000" });
        using var client = await ConnectAsync();
        var now = Now;

        var refused = await AppendAsync(client, Batches.Produce(topic, Batches.At(CompressionType.Lz4, now, now - 100_000, now + 100_000, now)));

        Assert.Equal((ErrorCode.InvalidTimestamp, -1), (refused.ErrorCode, refused.BaseOffset));
        Assert.Equal([1, 2], refused.RecordErrors.Select(error => error.BatchIndex));
        Assert.Equal((ErrorCode.None, 0L), await ProduceAsync(client, topic, Batches.At(CompressionType.Lz4, now, -1, now - 1000)));
    }

    [Fact]
    public async Task Old_fetches_read_up_to_zstd_and_are_told_there()
    {
        var topic = await CreateAsync();
        using var client = await ConnectAsync();
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Gzip, "a"u8.ToArray(), "b"u8.ToArray()));
        await ProduceAsync(client, topic, Batches.Of(CompressionType.Zstd, "c"u8.ToArray()));

        for (short version = 0; version < 10; version++)
        {
            var before = (await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 0), version)).Responses[0].Partitions[0];
            var there = (await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, 2), version)).Responses[0].Partitions[0];

            Assert.Equal((ErrorCode.None, true), (before.ErrorCode, before.Records!.Length > 0));
            Assert.Equal(version < 2 ? 0 : version < 4 ? 1 : 2, before.Records!.ToContiguous().Span[16]);
            Assert.Equal((ErrorCode.UnsupportedCompressionType, 0), (there.ErrorCode, there.Records!.Length));
        }
        Assert.Equal(CompressionType.Zstd, (await BatchAsync(client, topic, 2)).CompressionType);
    }

    private static async Task<RecordBatch> BatchAsync(WireClient client, string topic, long offset)
    {
        var records = Records(await client.AskAsync<FetchRequest, FetchResponse>(Fetch(topic, offset), 11));
        return new RecordBatch(records[..(int)RecordBatch.ReadLength(records.Span)]);
    }

    private static async Task<(long Offset, long Timestamp)> ListAsync(WireClient client, string topic, long timestamp)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [new() { Timestamp = timestamp }] }] };
        var found = (await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(request, 7)).Topics[0].Partitions[0];
        Assert.Equal(ErrorCode.None, found.ErrorCode);
        return (found.Offset, found.Timestamp);
    }
}
