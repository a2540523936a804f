namespace Portask.Protocol.Records;

/// <summary>Checks what a producer sent for one partition, from the header alone and the CRC over the rest.</summary>
public static class RecordBatchValidator
{
    /// <summary>
    /// Checks the one batch that a Produce request from version 3 on carries for a partition.
    /// </summary>
    /// <param name="records">The records field.</param>
    /// <param name="maxMessageBytes">Largest batch that the topic takes, in bytes.</param>
    /// <param name="batch">The batch when the answer is <see cref="ErrorCode.None"/>.</param>
    /// <returns>
    /// None, CorruptMessage (size or CRC), MessageTooLarge, InvalidRecord (not exactly one batch, no records, a control
    /// batch, counts that disagree), UnsupportedForMessageFormat (magic below 2), UnsupportedCompressionType.
    /// </returns>
    public static ErrorCode Validate(ReadOnlyMemory<byte> records, int maxMessageBytes, out RecordBatch batch)
    {
        batch = default;
        var length = RecordBatch.ReadLength(records.Span);
        if (length < RecordBatch.HeaderSize || length > records.Length)
            return ErrorCode.CorruptMessage;
        var first = new RecordBatch(records[..(int)length]);
        if (first.Magic != 2)
            return first.Magic < 2 ? ErrorCode.UnsupportedForMessageFormat : ErrorCode.CorruptMessage;
        if (length > maxMessageBytes)
            return ErrorCode.MessageTooLarge;
        // A v3+ request has one batch for each partition; Kafka refuses more the same way.
        if (length != records.Length)
            return ErrorCode.InvalidRecord;
        var error = ValidateHeader(first);
        if (error == ErrorCode.None)
            batch = first;
        return error;
    }

    private static ErrorCode ValidateHeader(RecordBatch batch)
    {
        if (Crc32C.Compute(batch.Bytes.Span[RecordBatch.CrcStart..]) != batch.Crc)
            return ErrorCode.CorruptMessage;
        if (batch.CompressionType > CompressionType.Zstd)
            return ErrorCode.UnsupportedCompressionType;
        // Control batches are the broker's own. Offsets are given for LastOffsetDelta + 1 records, so the two must agree.
        // The same goes for a delete horizon, with which a producer would say when its tombstones go.
        if (batch.IsControl || batch.DeleteHorizonMs is not null || batch.RecordCount < 1 || batch.LastOffsetDelta != batch.RecordCount - 1)
            return ErrorCode.InvalidRecord;
        if (batch.ProducerId >= 0 && (batch.ProducerEpoch < 0 || batch.BaseSequence < 0))
            return ErrorCode.InvalidRecord;
        return ErrorCode.None;
    }
}
