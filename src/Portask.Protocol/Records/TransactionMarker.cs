using System.Buffers.Binary;

namespace Portask.Protocol.Records;

/// <summary>The end of a transaction in a partition: the one record of a control batch (KIP-98).</summary>
/// <param name="Commits">True for COMMIT, false for ABORT.</param>
/// <param name="CoordinatorEpoch">Epoch of the coordinator that decided, by which a partition refuses an older one.</param>
public readonly record struct TransactionMarker(bool Commits, int CoordinatorEpoch)
{
    private const int KeyLength = 4;
    private const int ValueLength = 6;

    /// <summary>The control batch that carries the marker.</summary>
    /// <param name="timestamp">Milliseconds since the Unix epoch.</param>
    public byte[] ToBatch(long producerId, short producerEpoch, long timestamp)
    {
        var key = new byte[KeyLength];
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(2), (short)(Commits ? 1 : 0));
        var value = new byte[ValueLength];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), CoordinatorEpoch);
        var builder = new RecordBatchBuilder
        {
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            IsTransactional = true,
            IsControl = true,
        };
        return builder.Append(timestamp, key, value).Build();
    }

    /// <summary>The marker in a control batch.</summary>
    /// <exception cref="KafkaProtocolException">The batch holds no marker of a transaction.</exception>
    public static TransactionMarker Of(RecordBatch batch)
    {
        var reader = RecordReader.Open(batch, batch.Length);
        if (!batch.IsControl || !reader.TryReadNext(out var record) || record.Key is not { Length: KeyLength } key || record.Value is not { Length: ValueLength } value)
            throw new KafkaProtocolException($"the batch at offset {batch.BaseOffset} holds no transaction marker");
        return BinaryPrimitives.ReadInt16BigEndian(key.Span[2..]) switch
        {
            0 => new(false, BinaryPrimitives.ReadInt32BigEndian(value.Span[2..])),
            1 => new(true, BinaryPrimitives.ReadInt32BigEndian(value.Span[2..])),
            var type => throw new KafkaProtocolException($"the batch at offset {batch.BaseOffset} holds a marker of type {type}"),
        };
    }
}
