using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Broker.Producing;

/// <summary>Makes of a produced records field the bytes that are appended, or the error that its producer gets.</summary>
/// <param name="Error">None when <paramref name="Bytes"/> may be appended.</param>
/// <param name="Message">What was wrong, where the code alone does not tell.</param>
internal readonly record struct IncomingBatch(ErrorCode Error, string? Message, ReadOnlyMemory<byte> Bytes)
{
    private const short FirstWithZstd = 7;

    /// <summary>Checks a records field against the topic and recompresses it where the topic says so.</summary>
    /// <param name="maxDecompressedBytes">Cap of what one batch may grow to where it has to be opened.</param>
    public static IncomingBatch Of(RecordData? records, TopicMetadata topic, string? transactionalId, short version, long nowMs, int maxDecompressedBytes)
    {
        if (records is null || records.Length == 0)
            return Refuse(ErrorCode.InvalidRecord, "a partition without a record batch");
        var settings = topic.Settings;
        var error = RecordBatchValidator.Validate(records.ToContiguous(), settings.MaxMessageBytes, out var batch);
        if (error != ErrorCode.None)
            return Refuse(error, error == ErrorCode.MessageTooLarge ? $"the batch is larger than max.message.bytes, {settings.MaxMessageBytes}" : null);
        if (batch.CompressionType == CompressionType.Zstd && version < FirstWithZstd)
            return Refuse(ErrorCode.UnsupportedCompressionType, "zstd takes Produce version 7 or newer");
        if (batch.IsTransactional && (transactionalId is null || batch.ProducerId < 0))
            return Refuse(ErrorCode.InvalidRecord, "a transactional batch without a transactional id and a producer id");
        if (!settings.LogAppendTime && batch.MaxTimestamp - nowMs > settings.MessageTimestampAfterMaxMs)
            return Refuse(ErrorCode.InvalidTimestamp, $"the time {batch.MaxTimestamp} is more than {settings.MessageTimestampAfterMaxMs} ms ahead");
        try
        {
            if (Opened(batch, settings, nowMs, maxDecompressedBytes) is { } refused)
                return refused;
            return new(ErrorCode.None, null, Compressed(batch, settings, maxDecompressedBytes));
        }
        catch (KafkaProtocolException malformed)
        {
            return Refuse(ErrorCode.CorruptMessage, malformed.Message);
        }
    }

    /// <summary>What can only be told from the records: keys of a compacted topic, and times that are too old.</summary>
    private static IncomingBatch? Opened(RecordBatch batch, TopicSettings settings, long nowMs, int maxDecompressedBytes)
    {
        var checksAge = !settings.LogAppendTime && settings.MessageTimestampBeforeMaxMs != long.MaxValue;
        if (!settings.CleanupCompact && !checksAge)
            return null;
        var reader = RecordReader.Open(batch, maxDecompressedBytes);
        while (reader.TryReadNext(out var record))
        {
            if (settings.CleanupCompact && record.Key is null)
                return Refuse(ErrorCode.InvalidRecord, "a compacted topic takes no record without a key");
            if (checksAge && nowMs - record.Timestamp > settings.MessageTimestampBeforeMaxMs)
                return Refuse(ErrorCode.InvalidTimestamp, $"the time {record.Timestamp} is more than {settings.MessageTimestampBeforeMaxMs} ms behind");
        }
        return null;
    }

    private static ReadOnlyMemory<byte> Compressed(RecordBatch batch, TopicSettings settings, int maxDecompressedBytes)
    {
        CompressionType? wanted = settings.CompressionType switch
        {
            "uncompressed" => CompressionType.None,
            "gzip" => CompressionType.Gzip,
            "snappy" => CompressionType.Snappy,
            "lz4" => CompressionType.Lz4,
            "zstd" => CompressionType.Zstd,
            _ => null,
        };
        return wanted is { } codec && codec != batch.CompressionType
            ? RecordBatchRecompression.To(batch, codec, maxDecompressedBytes)
            : batch.Bytes;
    }

    private static IncomingBatch Refuse(ErrorCode error, string? message) => new(error, message, default);
}
