namespace Portask.Protocol.Records;

/// <summary>Compresses and decompresses the records of a batch, and the value of a compressed message of magic 0 or 1.</summary>
public static class RecordCompression
{
    /// <summary>Decompresses what a client sent into an array of its own. Its thread waits where others open <see cref="LargeRecords"/>.</summary>
    /// <param name="codec">The codec that the attributes name.</param>
    /// <param name="data">The compressed bytes.</param>
    /// <param name="maxBytes">Most bytes that the result may have, whatever size the input claims.</param>
    /// <returns>The decompressed bytes; a slice of <paramref name="data"/> only when the codec is None.</returns>
    /// <exception cref="KafkaProtocolException">The input is malformed, its result is beyond the cap, or the codec is unknown.</exception>
    public static ReadOnlyMemory<byte> Decompress(CompressionType codec, ReadOnlyMemory<byte> data, int maxBytes)
    {
        try
        {
            return Decompress(codec, data, maxBytes, null);
        }
        catch (LargeRecordsException)
        {
            using var leave = LargeRecords.Wait();
            return Decompress(codec, data, maxBytes, leave);
        }
    }

    /// <summary>Decompresses what a client sent for a short look at it.</summary>
    /// <param name="codec">The codec that the attributes name.</param>
    /// <param name="data">The compressed bytes; returned as they are when the codec is None.</param>
    /// <param name="maxBytes">Most bytes that the result may have, whatever size the input claims.</param>
    /// <param name="leave">To open more than is pooled; to be kept until the result is disposed of.</param>
    /// <returns>The decompressed bytes, valid until they are disposed of.</returns>
    /// <exception cref="KafkaProtocolException">The input is malformed, its result is beyond the cap, or the codec is unknown.</exception>
    /// <exception cref="LargeRecordsException">It takes <paramref name="leave"/>.</exception>
    internal static OpenedRecords Open(CompressionType codec, ReadOnlyMemory<byte> data, int maxBytes, LargeRecords? leave)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (codec == CompressionType.None)
            return data.Length <= maxBytes ? new OpenedRecords(data, null) : throw CapExceeded(codec, maxBytes);
        if (codec > CompressionType.Zstd)
            throw new KafkaProtocolException($"compression codec {(int)codec} is unknown");
        if (data.IsEmpty)
            throw Malformed(codec, "there are no bytes");
        var output = new DecompressionOutput(codec, maxBytes, data.Length, leave);
        try
        {
            Decompress(codec, data, output);
            return new OpenedRecords(output.Result, output);
        }
        catch (Exception exception)
        {
            output.Dispose();
            // The libraries answer hostile bytes with exceptions of many types, and none of them may end more than one connection.
            if (exception is KafkaProtocolException or LargeRecordsException or OutOfMemoryException)
                throw;
            throw Malformed(codec, exception.Message);
        }
    }

    /// <summary>Compresses record bytes so that the usual clients can read them.</summary>
    /// <param name="codec">The codec to use; None copies.</param>
    /// <param name="data">The bytes, which may be none.</param>
    /// <param name="level">The level as Kafka counts it for the codec; null is the codec's default, and Snappy has none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec is unknown.</exception>
    public static byte[] Compress(CompressionType codec, ReadOnlySpan<byte> data, int? level = null) => codec switch
    {
        CompressionType.None => data.ToArray(),
        CompressionType.Gzip => GzipCodec.Compress(data, level ?? GzipCodec.DefaultLevel),
        CompressionType.Snappy => SnappyCodec.Compress(data),
        CompressionType.Lz4 => Lz4Codec.Compress(data, level ?? Lz4Codec.DefaultLevel),
        CompressionType.Zstd => ZstdCodec.Compress(data, level ?? ZstdCodec.DefaultLevel),
        _ => throw new ArgumentOutOfRangeException(nameof(codec)),
    };

    private static ReadOnlyMemory<byte> Decompress(CompressionType codec, ReadOnlyMemory<byte> data, int maxBytes, LargeRecords? leave)
    {
        using var opened = Open(codec, data, maxBytes, leave);
        return codec == CompressionType.None ? opened.Bytes : opened.Bytes.ToArray();
    }

    private static void Decompress(CompressionType codec, ReadOnlyMemory<byte> data, DecompressionOutput output)
    {
        switch (codec)
        {
            case CompressionType.Gzip:
                GzipCodec.Decompress(data, output);
                break;
            case CompressionType.Snappy:
                SnappyCodec.Decompress(data.Span, output);
                break;
            case CompressionType.Lz4:
                Lz4Codec.Decompress(data.Span, output);
                break;
            default:
                ZstdCodec.Decompress(data.Span, output);
                break;
        }
    }

    internal static KafkaProtocolException CapExceeded(CompressionType codec, int maxBytes) =>
        new($"records of codec {codec} have more than {maxBytes} bytes");

    internal static KafkaProtocolException Malformed(CompressionType codec, string reason) =>
        new($"records of codec {codec} are malformed: {reason}");
}
