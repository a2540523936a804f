namespace Portask.Protocol.Records;

/// <summary>
/// Converts batches of magic 2 to the message sets of magic 0 and 1 that old clients read. The other way is not needed: Produce
/// is served from version 3 on, which carries record batches alone.
/// </summary>
public static class MessageSetConverter
{
    /// <summary>
    /// Converts a batch for a client that fetches messages of magic 0 or 1. Headers are dropped, magic 0 drops timestamps
    /// too. Records in gzip, Snappy or LZ4 become one message in the same codec; Zstandard is unknown to those clients.
    /// </summary>
    /// <param name="batch">A batch of magic 2.</param>
    /// <param name="magic">0 or 1.</param>
    /// <param name="maxBytes">Most bytes that the records may have when they are decompressed; the set may be a few times larger.</param>
    /// <returns>The set; empty for a control batch and for a batch without records.</returns>
    /// <exception cref="KafkaProtocolException">The records are malformed, beyond the cap, or compressed with Zstandard.</exception>
    public static byte[] ToMessageSet(RecordBatch batch, byte magic, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(magic, 1);
        if (batch.IsControl)
            return [];
        var codec = batch.CompressionType;
        if (codec == CompressionType.Zstd)
            throw new KafkaProtocolException($"a message of magic {magic} cannot have codec {codec}");
        var timeFlag = magic > 0 && batch.HasLogAppendTime ? (byte)RecordBatch.LogAppendTimeFlag : (byte)0;
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

    private static ReadOnlyMemory<byte> CompressSet(CompressionType codec, byte magic, ReadOnlySpan<byte> messages)
    {
        var compressed = RecordCompression.Compress(codec, messages);
        if (codec == CompressionType.Lz4 && magic == 0)
            Lz4Codec.UseOldHeaderChecksum(compressed);
        return compressed;
    }
}
