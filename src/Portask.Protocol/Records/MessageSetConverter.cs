namespace Portask.Protocol.Records;

/// <summary>Converts between batches of magic 2 and the message sets of magic 0 and 1 that old clients write and read.</summary>
public static class MessageSetConverter
{
    /// <summary>
    /// Converts a batch for a client that fetches messages of magic 0 or 1. Headers are dropped, magic 0 drops timestamps
    /// too. Records in gzip, Snappy or LZ4 become one message in the same codec; Zstandard is unknown to those clients, so
    /// its records become plain messages.
    /// </summary>
    /// <param name="batch">A batch of magic 2.</param>
    /// <param name="magic">0 or 1.</param>
    /// <param name="maxBytes">Most bytes that the records may have when they are decompressed; the set may be a few times larger.</param>
    /// <returns>The set; empty for a control batch and for a batch without records.</returns>
    /// <exception cref="KafkaProtocolException">The records are malformed or beyond the cap.</exception>
    public static byte[] ToMessageSet(RecordBatch batch, byte magic, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(magic, 1);
        if (batch.IsControl)
            return [];
        var codec = batch.CompressionType is CompressionType.Zstd ? CompressionType.None : batch.CompressionType;
        var timeFlag = magic > 0 && batch.HasLogAppendTime ? LegacyMessage.LogAppendTimeFlag : (byte)0;
        // Only inside a compressed message of magic 1 are offsets relative.
        var offsetBase = codec != CompressionType.None && magic == 1 ? batch.BaseOffset : 0;
        var messages = new MessageSetWriter(magic);
        var lastOffset = -1L;
        var maxTimestamp = -1L;
        var reader = RecordReader.Open(batch, maxBytes);
        while (reader.TryReadNext(out var record))
        {
            messages.Append(record.Offset - offsetBase, timeFlag, record.Timestamp, record.Key, record.Value);
            lastOffset = record.Offset;
            maxTimestamp = Math.Max(maxTimestamp, record.Timestamp);
        }
        if (codec == CompressionType.None || messages.Written.IsEmpty)
            return messages.Written.ToArray();
        // The offset of the wrapper is that of its last message, from which clients of magic 1 work out the others.
        var wrapper = new MessageSetWriter(magic);
        wrapper.Append(lastOffset, (byte)(timeFlag | (byte)codec), maxTimestamp, null, CompressSet(codec, magic, messages.Written));
        return wrapper.Written.ToArray();
    }

    /// <summary>
    /// Converts what an old producer sent for one partition into one batch. Offsets are counted from 0 whatever the
    /// messages say, since the broker gives them; the batch has the codec of the last compressed message.
    /// </summary>
    /// <param name="set">Messages of magic 0 or 1, plain or compressed.</param>
    /// <param name="maxBytes">Most bytes that all compressed messages together may have when they are decompressed.</param>
    /// <returns>A batch of magic 2 with base offset 0; no bytes when the set has no messages.</returns>
    /// <exception cref="KafkaProtocolException">The set is malformed or beyond the cap, or a CRC does not match.</exception>
    public static byte[] FromMessageSet(ReadOnlyMemory<byte> set, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        var builder = new RecordBatchBuilder { Compression = LastCodec(set) };
        var room = maxBytes;
        var reader = new MessageSetReader(set);
        while (reader.TryReadNext(out var message))
        {
            if (message.Codec == CompressionType.None)
                builder.Append(message.Timestamp, message.Key, message.Value);
            else
                room -= AppendInner(builder, message, room);
        }
        return builder.Count == 0 ? [] : builder.Build();
    }

    private static CompressionType LastCodec(ReadOnlyMemory<byte> set)
    {
        var codec = CompressionType.None;
        var reader = new MessageSetReader(set);
        while (reader.TryReadNext(out var message))
            codec = message.Codec == CompressionType.None ? codec : message.Codec;
        return codec;
    }

    private static int AppendInner(RecordBatchBuilder builder, LegacyMessage wrapper, int maxBytes)
    {
        // Zstandard came with magic 2, so no client writes it here and Kafka refuses it as well.
        if (wrapper.Codec > CompressionType.Lz4)
            throw new KafkaProtocolException($"a message of magic {wrapper.Magic} cannot have codec {wrapper.Codec}");
        var value = wrapper.Value ?? throw new KafkaProtocolException("a compressed message has no value");
        var inner = RecordCompression.Decompress(wrapper.Codec, value, maxBytes);
        var countBefore = builder.Count;
        var reader = new MessageSetReader(inner);
        while (reader.TryReadNext(out var message))
        {
            if (message.Codec != CompressionType.None || message.Magic != wrapper.Magic)
                throw new KafkaProtocolException("a compressed message holds one that is compressed or of another magic");
            var timestamp = wrapper.HasLogAppendTime ? wrapper.Timestamp : message.Timestamp;
            builder.Append(timestamp, message.Key, message.Value);
        }
        if (builder.Count == countBefore)
            throw new KafkaProtocolException("a compressed message holds no messages");
        return inner.Length;
    }

    private static ReadOnlyMemory<byte> CompressSet(CompressionType codec, byte magic, ReadOnlySpan<byte> messages)
    {
        var compressed = RecordCompression.Compress(codec, messages);
        if (codec == CompressionType.Lz4 && magic == 0)
            Lz4Codec.UseOldHeaderChecksum(compressed);
        return compressed;
    }
}
