using System.Buffers.Binary;
using System.Text;
using Portask.Clients.Tests.Harness;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Quirks;

/// <summary>Writing, over every records journal.</summary>
public abstract class ProduceQuirkScenarios(BrokerFixture broker) : QuirkScenarios(broker)
{
    [Fact]
    [Quirk(9)]
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
    [Quirk(10)]
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
    [Quirk(28)]
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
    [Quirk(23)]
    public async Task A_batch_above_max_message_bytes_is_too_large_and_one_within_is_taken()
    {
        var topic = await CreateAsync(new() { ["max.message.bytes"] = "1000" });
        using var client = await ConnectAsync();

        Assert.Equal(ErrorCode.MessageTooLarge, (await ProduceAsync(client, topic, Batches.Of(CompressionType.None, new byte[1000]))).Error);
        Assert.Equal((ErrorCode.None, 0L), await ProduceAsync(client, topic, Batches.Of(CompressionType.None, new byte[900])));
    }

    [Fact]
    [Quirk(23)]
    public async Task A_null_key_on_a_compacted_topic_is_an_invalid_record()
    {
        var topic = await CreateAsync(new() { ["cleanup.policy"] = "compact" });
        using var client = await ConnectAsync();

        var answer = await AppendAsync(client, Batches.Produce(topic, Batches.Of(CompressionType.Gzip, "v"u8.ToArray(), "w"u8.ToArray())));

        Assert.Equal(ErrorCode.InvalidRecord, answer.ErrorCode);
        Assert.Equal([0, 1], answer.RecordErrors.Select(error => error.BatchIndex));
        Assert.Contains("key", answer.ErrorMessage, StringComparison.Ordinal);
    }
}

public sealed class ProduceQuirkTests(BrokerFixture broker) : ProduceQuirkScenarios(broker), IClassFixture<BrokerFixture>;

public sealed class ProduceQuirkOverSqliteTests(SqliteRecordsFixture broker) : ProduceQuirkScenarios(broker), IClassFixture<SqliteRecordsFixture>;

public sealed class ProduceQuirkOverPostgresTests(PostgresRecordsFixture broker) : ProduceQuirkScenarios(broker), IClassFixture<PostgresRecordsFixture>;
