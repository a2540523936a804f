namespace Portask.Protocol.Records;

/// <summary>
/// Decides on what a producer sent for one partition: the header, the CRC, and every record, for which a compressed batch is
/// decompressed. What is stored is thereby readable by every consumer, whatever its producer was.
/// </summary>
public static class RecordBatchValidator
{
    // The smallest entry of any format; a length below it is none.
    private const int SmallestLength = RecordBatch.LengthOverhead + 14;

    private const int MagicAt = 16;

    /// <summary>Checks the one batch that a Produce request from version 3 on carries for a partition, and brings it into the form that is stored.</summary>
    /// <param name="records">The records field. Its bytes may be written to, and the result may be a slice of it.</param>
    /// <param name="rules">What the topic asks.</param>
    /// <param name="nowMs">The broker's time in milliseconds since the Unix epoch.</param>
    /// <param name="maxDecompressedBytes">Most bytes that the records may have when they are decompressed.</param>
    /// <param name="leave">To open more than <see cref="LargeRecords.FromBytes"/>; without it such a batch stays undecided.</param>
    public static ValidatedBatch Validate(
        ReadOnlyMemory<byte> records, RecordRules rules, long nowMs, int maxDecompressedBytes, LargeRecords? leave = null)
    {
        if (OneBatch(records, out var batch) is { } none)
            return none;
        if (HeaderFault(batch, rules) is { } refused)
            return refused;
        try
        {
            using var opened = RecordCompression.Open(batch.CompressionType, batch.Payload, maxDecompressedBytes, leave);
            var walk = new RecordWalk(batch, rules, nowMs);
            walk.Run(opened.Bytes.Span);
            return walk.Refusal() ?? Stored(batch, rules, walk.MaxTimestamp, opened.Bytes.Span);
        }
        catch (LargeRecordsException)
        {
            return ValidatedBatch.Undecided;
        }
        catch (KafkaProtocolException malformed)
        {
            // Not CORRUPT_MESSAGE: the CRC matches, so the same bytes would come again and again.
            return ValidatedBatch.Refused(ErrorCode.InvalidRecord, malformed.Message);
        }
    }

    private static ValidatedBatch? OneBatch(ReadOnlyMemory<byte> records, out RecordBatch batch)
    {
        batch = default;
        var length = RecordBatch.ReadLength(records.Span);
        if (length >= 0 && length < SmallestLength)
            return ValidatedBatch.Refused(ErrorCode.CorruptMessage, $"a record batch of {length} bytes is not possible");
        if (length < 0 || records.Length <= MagicAt)
            return ValidatedBatch.Refused(ErrorCode.InvalidRecord, "a partition without a record batch");
        var magic = records.Span[MagicAt];
        if (magic != 2)
        {
            return magic < 2
                ? ValidatedBatch.Refused(ErrorCode.InvalidRecord, $"messages of magic {magic}; from version 3 on, Produce takes record batches of magic 2")
                : ValidatedBatch.Refused(ErrorCode.CorruptMessage, $"magic {magic} is unknown");
        }
        // A v3+ request has one batch for each partition; Kafka refuses more the same way.
        if (length != records.Length)
        {
            return ValidatedBatch.Refused(
                ErrorCode.InvalidRecord, $"the {records.Length} bytes of a partition are not one record batch, whose length is {length}");
        }
        if (length < RecordBatch.HeaderSize)
            return ValidatedBatch.Refused(ErrorCode.CorruptMessage, $"a record batch of {length} bytes has no whole header");
        batch = new RecordBatch(records);
        return null;
    }

    private static ValidatedBatch? HeaderFault(RecordBatch batch, RecordRules rules)
    {
        if (batch.Length > rules.MaxMessageBytes)
            return TooLarge(batch.Length, rules);
        if (Crc32C.Compute(batch.Bytes.Span[RecordBatch.CrcStart..]) != batch.Crc)
            return ValidatedBatch.Refused(ErrorCode.CorruptMessage, "the CRC does not match");
        if (batch.CompressionType > CompressionType.Zstd)
            return ValidatedBatch.Refused(ErrorCode.UnsupportedCompressionType, $"compression codec {(int)batch.CompressionType} is unknown");
        if (batch.HasLogAppendTime)
            return ValidatedBatch.Refused(ErrorCode.InvalidTimestamp, "only the broker marks a batch as having its time");
        string? fault = null;
        if (batch.BaseOffset != 0)
            fault = $"the base offset is {batch.BaseOffset}; a producer writes 0";
        else if (batch.IsControl)
            fault = "control batches are the broker's own";
        else if (batch.DeleteHorizonMs is not null)
            fault = "a delete horizon is the broker's to set: a producer would say with it when its tombstones go";
        // Offsets are given for LastOffsetDelta + 1 records, so the two must agree.
        else if (batch.RecordCount < 1 || batch.LastOffsetDelta != batch.RecordCount - 1)
            fault = $"{batch.RecordCount} records and a last offset delta of {batch.LastOffsetDelta} do not fit";
        else if (batch.ProducerId >= 0 && (batch.ProducerEpoch < 0 || batch.BaseSequence < 0))
            fault = $"producer id {batch.ProducerId} with epoch {batch.ProducerEpoch} and sequence number {batch.BaseSequence}";
        return fault is null ? null : ValidatedBatch.Refused(ErrorCode.InvalidRecord, fault);
    }

    private static ValidatedBatch Stored(RecordBatch batch, RecordRules rules, long maxTimestamp, ReadOnlySpan<byte> records)
    {
        if (rules.Codec is { } codec && codec != batch.CompressionType)
        {
            batch = new RecordBatch(RecordBatchRecompression.To(batch, records, codec, rules.CompressionLevel));
            if (batch.Length > rules.MaxMessageBytes)
                return TooLarge(batch.Length, rules);
        }
        // Old Sarama leaves the maximum out, and a wrong one would hide records from look-ups by time.
        if (!rules.LogAppendTime && batch.MaxTimestamp != maxTimestamp)
            RecordBatch.StampMaxTimestamp(batch.Bytes, maxTimestamp);
        return new ValidatedBatch(ErrorCode.None, null, [], batch);
    }

    private static ValidatedBatch TooLarge(int length, RecordRules rules) => ValidatedBatch.Refused(
        ErrorCode.MessageTooLarge, $"a batch of {length} bytes is larger than max.message.bytes, {rules.MaxMessageBytes}");
}
