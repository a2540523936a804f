using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.Broker.Producing;

/// <summary>Makes of a produced records field the bytes that are appended, or the error that its producer gets.</summary>
/// <param name="Error">None when <paramref name="Bytes"/> may be appended.</param>
/// <param name="Message">What was wrong, where the code alone does not tell.</param>
/// <param name="Faults">The records at fault, where single ones are.</param>
internal readonly record struct IncomingBatch(ErrorCode Error, string? Message, IReadOnlyList<RecordFault> Faults, ReadOnlyMemory<byte> Bytes)
{
    private const short FirstWithZstd = 7;

    /// <summary>Large records: nothing is decided without leave to open them.</summary>
    public bool IsUndecided { get; private init; }

    /// <summary>Checks a records field against the topic and recompresses it where the topic says so.</summary>
    /// <param name="maxDecompressedBytes">Cap of what one batch may grow to where it has to be opened.</param>
    /// <param name="leave">To open large records.</param>
    public static IncomingBatch Of(
        RecordData? records, TopicMetadata topic, string? transactionalId, short version, long nowMs, int maxDecompressedBytes, LargeRecords? leave)
    {
        if (records is null || records.Length == 0)
            return Refuse(ErrorCode.InvalidRecord, "a partition without a record batch");
        var bytes = records.ToContiguous();
        if (version < FirstWithZstd && IsZstd(bytes))
            return Refuse(ErrorCode.UnsupportedCompressionType, "zstd takes Produce version 7 or newer");
        var validated = RecordBatchValidator.Validate(bytes, topic.Settings.Records, nowMs, maxDecompressedBytes, leave);
        if (validated.IsUndecided)
            return default(IncomingBatch) with { IsUndecided = true };
        var (error, message, faults, batch) = validated;
        if (error != ErrorCode.None)
            return new(error, message, faults, default);
        if (batch.IsTransactional && (transactionalId is null || batch.ProducerId < 0))
            return Refuse(ErrorCode.InvalidRecord, "a transactional batch without a transactional id and a producer id");
        return new(ErrorCode.None, null, [], batch.Bytes);
    }

    private static bool IsZstd(ReadOnlyMemory<byte> bytes) =>
        bytes.Length >= RecordBatch.HeaderSize && new RecordBatch(bytes) is { Magic: 2, CompressionType: CompressionType.Zstd };

    private static IncomingBatch Refuse(ErrorCode error, string message) => new(error, message, [], default);
}
