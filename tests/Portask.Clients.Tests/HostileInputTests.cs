using System.Buffers.Binary;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests;

/// <summary>Bytes that no client sends. Each costs its sender the connection or an error, and nobody else anything.</summary>
public sealed class HostileInputTests : IAsyncLifetime
{
    // 256 MiB of requests, 256 MiB of answers and 64 MiB of tail cache are what the settings allow; the rest is the runtime,
    // the journals and what the collector has not yet got to.
    private const long MemoryBound = 1024L * 1024 * 1024;

    private BrokerProcess _broker = null!;

    public async Task InitializeAsync() => _broker = await BrokerProcess.StartAsync();

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    public static TheoryData<string, byte[]> Garbage()
    {
        var random = new byte[4096];
        new Random(1).NextBytes(random);
        random[0] = 0x16; // the length is then 369 MB
        var data = new TheoryData<string, byte[]>
        {
            { "random bytes", random },
            { "length -1", Length(-1) },
            { "length 0", Length(0) },
            { "length 2 GiB", Length(int.MaxValue) },
            { "length 100 MiB + 1", Length((100 * 1024 * 1024) + 1) },
            { "http", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray() },
            { "unknown key", Framed(WireClient.Header(12345, 0)) },
            { "unknown version", Framed(WireClient.Header((short)ApiKey.Metadata, 99)) },
            { "negative version", Framed(WireClient.Header((short)ApiKey.Fetch, -1)) },
            { "half a header", Framed([0, 3, 0]) },
            { "array of 2^31-1", Framed([.. WireClient.Header((short)ApiKey.Metadata, 1), 0x7f, 0xff, 0xff, 0xff]) },
            { "string of 32767 that is not there", Framed([.. WireClient.Header((short)ApiKey.FindCoordinator, 0), 0x7f, 0xff]) },
            { "compact array of 2^32-2", Framed([.. WireClient.Header((short)ApiKey.Metadata, 9, flexible: true), 0xff, 0xff, 0xff, 0xff, 0x0f]) },
            { "endless varint", Framed([.. WireClient.Header((short)ApiKey.Metadata, 9, flexible: true), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) },
            { "tag larger than the frame", Framed([.. WireClient.Header((short)ApiKey.ApiVersions, 3, flexible: true), 2, (byte)'a', 2, (byte)'b', 1, 0, 0xff, 0xff, 0x7f]) },
        };
        return data;
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_costs_the_connection_and_a_log_line(string what, byte[] bytes)
    {
        using var hostile = await WireClient.ConnectAsync(_broker.EndPoint);

        await hostile.SendRawAsync(bytes);

        Assert.True(await hostile.ReceiveFrameAsync() is null, $"{what} got an answer");
        await AssertServesAsync();
        await _broker.Process.WaitForErrorAsync(
            line => line.Contains(" warning ", StringComparison.Ordinal) && line.Contains("closed", StringComparison.Ordinal), Librdkafka.Patience);
        Assert.DoesNotContain(_broker.Process.Errors, line => line.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_ends_half_way_is_forgotten()
    {
        using (var hostile = await WireClient.ConnectAsync(_broker.EndPoint))
            await hostile.SendRawAsync((byte[])[.. Length(1000), 0, 3, 0, 1]);

        await AssertServesAsync();
    }

    [Fact]
    public async Task A_thousand_idle_connections_and_slow_ones_disturb_nobody()
    {
        var idle = new List<WireClient>();
        for (var i = 0; i < 1000; i++)
            idle.Add(await WireClient.ConnectAsync(_broker.EndPoint));
        foreach (var slow in idle.Take(100))
            await slow.SendRawAsync(Length(100 * 1024 * 1024));

        await AssertServesAsync();

        Assert.InRange(_broker.Process.ResidentBytes, 0, MemoryBound);
        idle.ForEach(connection => connection.Dispose());
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_client_that_never_reads_is_not_written_to_without_end()
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        using (var producer = Librdkafka.Producer(_broker.Bootstrap))
        {
            // More than the tail cache holds, so that every fetch from the start is memory of its own.
            for (var i = 0; i < 300; i++)
                producer.Produce(topic, new() { Value = new string('x', 500_000) });
            producer.Flush(Librdkafka.Patience);
        }
        var hostile = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => WireClient.ConnectAsync(_broker.EndPoint)));
        foreach (var client in hostile)
            for (var i = 0; i < 20; i++)
                await client.SendAsync(Fetch(topic), 4);

        await AssertServesAsync();

        Assert.InRange(_broker.Process.ResidentBytes, 0, MemoryBound);
        foreach (var client in hostile)
            client.Dispose();
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Decompression_bombs_are_refused(CompressionType codec)
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1, new() { ["max.message.bytes"] = "50000000" });
        var bomb = Batches.Of(codec, new byte[400 * 1024 * 1024]);
        var hostile = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => WireClient.ConnectAsync(_broker.EndPoint)));

        var answers = await Task.WhenAll(hostile.Select(one => one.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, bomb), 7)));

        Assert.All(answers, answer => Assert.Equal(ErrorCode.InvalidRecord, answer.Responses[0].PartitionResponses[0].ErrorCode));
        Array.ForEach(hostile, one => one.Dispose());
        await AssertServesAsync();
        Assert.InRange(_broker.Process.ResidentBytes, 0, MemoryBound);
    }

    [Theory]
    [InlineData("crc", ErrorCode.CorruptMessage)]
    [InlineData("length", ErrorCode.InvalidRecord)]
    [InlineData("record", ErrorCode.InvalidRecord)]
    [InlineData("count", ErrorCode.InvalidRecord)]
    [InlineData("magic", ErrorCode.CorruptMessage)]
    [InlineData("codec", ErrorCode.UnsupportedCompressionType)]
    [InlineData("control", ErrorCode.InvalidRecord)]
    [InlineData("empty", ErrorCode.InvalidRecord)]
    public async Task A_batch_that_is_wrong_gets_its_error(string fault, ErrorCode expected)
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        using var client = await WireClient.ConnectAsync(_broker.EndPoint);

        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, Batches.Faulty(fault)), 7);

        Assert.Equal(expected, answer.Responses[0].PartitionResponses[0].ErrorCode);
        answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Batches.Produce(topic, Batches.Of(CompressionType.None, "fine"u8.ToArray())), 7);
        Assert.Equal((ErrorCode.None, 0), (answer.Responses[0].PartitionResponses[0].ErrorCode, answer.Responses[0].PartitionResponses[0].BaseOffset));
    }

    private async Task AssertServesAsync()
    {
        var topic = await Librdkafka.CreateTopicAsync(_broker.Bootstrap, 1);
        await Librdkafka.ProduceAsync(_broker.Bootstrap, topic, 3);
        using var consumer = Librdkafka.Consumer(_broker.Bootstrap, BrokerFixture.NewName("good")).Build();
        consumer.Assign(new Confluent.Kafka.TopicPartitionOffset(topic, 0, 0));
        Assert.Equal(3, Librdkafka.Read(consumer, 3).Count);
    }

    private static FetchRequest Fetch(string topic) => new()
    {
        MaxWaitMs = 0,
        MinBytes = 1,
        MaxBytes = 50_000_000,
        Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 50_000_000 }] }],
    };

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static byte[] Framed(byte[] frame) => [.. Length(frame.Length), .. frame];
}
