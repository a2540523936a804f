namespace Portask.Protocol.Records;

/// <summary>
/// Reads the records of one batch from first to last. Beside the decompressed bytes nothing is allocated for a record;
/// all of a record is checked before it is handed out.
/// </summary>
public sealed class RecordReader
{
    private readonly RecordBatch _batch;
    private readonly ReadOnlyMemory<byte> _records;
    private readonly long _baseOffset;
    private readonly int _lastOffsetDelta;
    private readonly long _baseTimestamp;
    private readonly long? _appendTime;
    private int _at;
    private int _read;

    private RecordReader(RecordBatch batch, ReadOnlyMemory<byte> records)
    {
        _batch = batch;
        _records = records;
        _baseOffset = batch.BaseOffset;
        _lastOffsetDelta = batch.LastOffsetDelta;
        _baseTimestamp = batch.BaseTimestamp;
        _appendTime = batch.HasLogAppendTime ? batch.MaxTimestamp : null;
        Count = batch.RecordCount;
    }

    /// <summary>Number of records that the header claims, which a client may have made up.</summary>
    public int Count { get; }

    /// <summary>The batch that is read.</summary>
    public RecordBatch Batch => _batch;

    /// <summary>Key, value and headers of the record that was read last, as they are encoded.</summary>
    internal ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Decompresses the records of a batch.</summary>
    /// <param name="batch">A batch of magic 2, compacted or not.</param>
    /// <param name="maxBytes">Most bytes that the records may have when they are decompressed.</param>
    /// <exception cref="KafkaProtocolException">The batch is no batch of magic 2, or it cannot be decompressed within the cap.</exception>
    public static RecordReader Open(RecordBatch batch, int maxBytes)
    {
        if (batch.Length < RecordBatch.HeaderSize || batch.Magic != 2)
            throw new KafkaProtocolException($"{batch.Length} bytes are not a record batch of magic 2");
        if (batch.RecordCount < 0)
            throw new KafkaProtocolException($"a batch of {batch.RecordCount} records is not possible");
        return new RecordReader(batch, RecordCompression.Decompress(batch.CompressionType, batch.Payload, maxBytes));
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>False behind the last record.</returns>
    /// <exception cref="KafkaProtocolException">The record is malformed, or the header claims another number of records.</exception>
    public bool TryReadNext(out KafkaRecord record)
    {
        if (_read < Count)
        {
            record = ReadRecord();
            _read++;
            return true;
        }
        if (_at != _records.Length)
            throw new KafkaProtocolException($"a batch of {Count} records has {_records.Length - _at} bytes behind the last one");
        record = default;
        return false;
    }

    internal static ReadOnlyMemory<byte>? ReadBytes(ref RecordCursor cursor, ReadOnlyMemory<byte> memory)
    {
        var length = cursor.ReadLength();
        if (length < 0)
            return null;
        var bytes = memory.Slice(cursor.At, length);
        cursor.Skip(length);
        return bytes;
    }

    internal static KafkaProtocolException NullHeaderKey() => new("the key of a record header is null");

    /// <summary>Reads over so many headers.</summary>
    internal static void SkipHeaders(ref RecordCursor cursor, int count)
    {
        // A header has two bytes at least, so a count that cannot fit is refused before it sizes a list.
        if (count < 0 || count > cursor.Remaining / 2)
            throw new KafkaProtocolException($"{count} record headers do not fit into the {cursor.Remaining} bytes left");
        for (var left = count; left > 0; left--)
        {
            var keyLength = cursor.ReadLength();
            if (keyLength < 0)
                throw NullHeaderKey();
            cursor.Skip(keyLength);
            cursor.Skip(Math.Max(0, cursor.ReadLength()));
        }
    }

    private KafkaRecord ReadRecord()
    {
        if (_at == _records.Length)
            throw new KafkaProtocolException($"a batch claims {Count} records and has {_read}");
        var outer = new RecordCursor(_records.Span, _at);
        var length = outer.ReadLength();
        if (length < 0)
            throw new KafkaProtocolException("a record has a negative length");
        var memory = _records[..(outer.At + length)];
        var cursor = new RecordCursor(memory.Span, outer.At);
        cursor.ReadByte(); // Attributes of a record are unused in magic 2.
        var timestamp = _baseTimestamp + cursor.ReadVarlong();
        var offsetDelta = cursor.ReadVarint();
        if (offsetDelta < 0 || offsetDelta > _lastOffsetDelta)
            throw new KafkaProtocolException($"a record at offset delta {offsetDelta} is outside of its batch");
        Body = memory[cursor.At..];
        var key = ReadBytes(ref cursor, memory);
        var value = ReadBytes(ref cursor, memory);
        var headerCount = cursor.ReadVarint();
        var headers = memory[cursor.At..];
        SkipHeaders(ref cursor, headerCount);
        if (cursor.Remaining != 0)
            throw new KafkaProtocolException($"a record has {cursor.Remaining} bytes behind its last field");
        _at = cursor.At;
        return new KafkaRecord(_baseOffset + offsetDelta, _appendTime ?? timestamp, key, value, headerCount, headers);
    }
}
