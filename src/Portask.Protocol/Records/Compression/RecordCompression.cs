namespace Portask.Protocol.Records;

/// <summary>Compresses and decompresses the records of a batch, and the value of a compressed message of magic 0 or 1.</summary>
public static class RecordCompression
{
    /// <summary>Decompresses what a client sent.</summary>
    /// <param name="codec">The codec that the attributes name.</param>
    /// <param name="data">The compressed bytes; returned as they are when the codec is None.</param>
    /// <param name="maxBytes">Most bytes that the result may have, whatever size the input claims.</param>
    /// <returns>The decompressed bytes; a slice of <paramref name="data"/> only when the codec is None.</returns>
    /// <exception cref="KafkaProtocolException">The input is malformed, its result is beyond the cap, or the codec is unknown.</exception>
    public static ReadOnlyMemory<byte> Decompress(CompressionType codec, ReadOnlyMemory<byte> data, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (codec == CompressionType.None)
            return data.Length <= maxBytes ? data : throw CapExceeded(codec, maxBytes);
        if (codec > CompressionType.Zstd)
            throw new KafkaProtocolException($"compression codec {(int)codec} is unknown");
        if (data.IsEmpty)
            throw Malformed(codec, "there are no bytes");
        try
        {
            return codec switch
            {
                CompressionType.Gzip => GzipCodec.Decompress(data, maxBytes),
                CompressionType.Snappy => SnappyCodec.Decompress(data.Span, maxBytes),
                CompressionType.Lz4 => Lz4Codec.Decompress(data.Span, maxBytes),
                _ => ZstdCodec.Decompress(data.Span, maxBytes),
            };
        }
        // The libraries answer hostile bytes with exceptions of many types, and none of them may end more than one connection.
        catch (Exception exception) when (exception is not (KafkaProtocolException or OutOfMemoryException))
        {
            throw Malformed(codec, exception.Message);
        }
    }

    /// <summary>Compresses record bytes so that the usual clients can read them.</summary>
    /// <param name="codec">The codec to use; None copies.</param>
    /// <param name="data">The bytes, which may be none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec is unknown.</exception>
    public static byte[] Compress(CompressionType codec, ReadOnlySpan<byte> data) => codec switch
    {
        CompressionType.None => data.ToArray(),
        CompressionType.Gzip => GzipCodec.Compress(data),
        CompressionType.Snappy => SnappyCodec.Compress(data),
        CompressionType.Lz4 => Lz4Codec.Compress(data),
        CompressionType.Zstd => ZstdCodec.Compress(data),
        _ => throw new ArgumentOutOfRangeException(nameof(codec)),
    };

    internal static KafkaProtocolException CapExceeded(CompressionType codec, int maxBytes) =>
        new($"records of codec {codec} have more than {maxBytes} bytes");

    internal static KafkaProtocolException Malformed(CompressionType codec, string reason) =>
        new($"records of codec {codec} are malformed: {reason}");
}
