using System.Buffers.Binary;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Clients.Tests.Harness;

/// <summary>Record batches and Produce requests by hand, good ones and others.</summary>
internal static class Batches
{
    public static byte[] Of(CompressionType codec, params byte[][] values)
    {
        var builder = new RecordBatchBuilder { Compression = codec };
        foreach (var value in values)
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, value);
        return builder.Build();
    }

    /// <summary>A batch of an idempotent producer.</summary>
    public static byte[] Of(long producerId, short epoch, int sequence, params byte[][] values)
    {
        var builder = new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence };
        foreach (var value in values)
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, value);
        return builder.Build();
    }

    /// <summary>A batch of records that differ in their times.</summary>
    public static byte[] At(CompressionType codec, params long[] timestamps)
    {
        var builder = new RecordBatchBuilder { Compression = codec };
        foreach (var timestamp in timestamps)
            builder.Append(timestamp, "k"u8.ToArray(), "v"u8.ToArray());
        return builder.Build();
    }

    /// <summary>A batch of a transaction.</summary>
    public static byte[] Transactional(long producerId, short epoch, int sequence, params byte[][] values)
    {
        var builder = new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = true };
        foreach (var value in values)
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, value);
        return builder.Build();
    }

    public static byte[] Faulty(string fault)
    {
        if (fault == "empty")
            return [];
        var batch = Of(CompressionType.None, "a"u8.ToArray(), "b"u8.ToArray());
        switch (fault)
        {
            case "crc":
                batch[^1] ^= 1;
                return batch;
            case "length":
                BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length);
                return batch;
            case "record":
                // The length of the first record, which then ends inside the second.
                batch[61] += 2;
                break;
            case "count":
                BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), 1000);
                break;
            case "magic":
                batch[16] = 9;
                break;
            case "codec":
                batch[22] = 7;
                break;
            case "control":
                batch[22] = 0x20;
                break;
            default:
                throw new ArgumentException(fault, nameof(fault));
        }
        return Sealed(batch);
    }

    /// <summary>The batch with a CRC that is right for what it holds.</summary>
    public static byte[] Sealed(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }

    public static ProduceRequest Produce(string topic, byte[] records, short acks = -1, int partition = 0) => new()
    {
        Acks = acks,
        TimeoutMs = 10_000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new RecordData(records) }] }],
    };
}
