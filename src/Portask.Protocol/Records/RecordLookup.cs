namespace Portask.Protocol.Records;

/// <summary>Finds records of one batch by their time, for ListOffsets.</summary>
public static class RecordLookup
{
    /// <summary>Offset of the first record whose timestamp is not before the given one.</summary>
    /// <param name="batch">A batch of magic 2.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch.</param>
    /// <param name="maxBytes">Most bytes that the records may have when they are decompressed.</param>
    /// <param name="recordTimestamp">The timestamp of the record found, -1 for none.</param>
    /// <returns>The offset, null when all records are older.</returns>
    /// <exception cref="KafkaProtocolException">The records up to the one found are malformed or beyond the cap.</exception>
    public static long? OffsetForTimestamp(RecordBatch batch, long timestamp, int maxBytes, out long recordTimestamp)
    {
        recordTimestamp = -1;
        // A maximum that was left out (-1) says nothing, so only a real one saves the decompression.
        if (batch.MaxTimestamp >= 0 && batch.MaxTimestamp < timestamp)
            return null;
        var reader = RecordReader.Open(batch, maxBytes);
        while (reader.TryReadNext(out var record))
        {
            if (record.Timestamp < timestamp)
                continue;
            recordTimestamp = record.Timestamp;
            return record.Offset;
        }
        return null;
    }

    /// <summary>Offset of the first record that has the latest timestamp of the batch.</summary>
    /// <param name="batch">A batch of magic 2.</param>
    /// <param name="maxBytes">Most bytes that the records may have when they are decompressed.</param>
    /// <param name="recordTimestamp">That timestamp in milliseconds since the Unix epoch, -1 for none.</param>
    /// <returns>The offset, null when no record has a timestamp.</returns>
    /// <exception cref="KafkaProtocolException">The records are malformed or beyond the cap.</exception>
    public static long? OffsetOfMaxTimestamp(RecordBatch batch, int maxBytes, out long recordTimestamp)
    {
        recordTimestamp = -1;
        long? offset = null;
        var reader = RecordReader.Open(batch, maxBytes);
        while (reader.TryReadNext(out var record))
        {
            if (record.Timestamp <= recordTimestamp)
                continue;
            recordTimestamp = record.Timestamp;
            offset = record.Offset;
        }
        return offset;
    }
}
