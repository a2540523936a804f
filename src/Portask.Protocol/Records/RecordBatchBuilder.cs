using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Portask.Protocol.Records;

/// <summary>Builds one record batch of magic 2. The bytes of a record are copied when it is appended.</summary>
public sealed class RecordBatchBuilder
{
    private readonly ArrayBufferWriter<byte> _records = new();
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _lastOffsetDelta = -1;

    /// <summary>The codec of the records.</summary>
    public CompressionType Compression { get; init; }

    /// <summary>Offset to which the offset deltas are added; 0 in what a producer sends.</summary>
    public long BaseOffset { get; init; }

    /// <summary>Leader epoch of the partition, -1 when it is not known.</summary>
    public int PartitionLeaderEpoch { get; init; } = -1;

    /// <summary>Id of an idempotent producer, -1 for none.</summary>
    public long ProducerId { get; init; } = -1;

    /// <summary>Epoch of an idempotent producer, -1 for none.</summary>
    public short ProducerEpoch { get; init; } = -1;

    /// <summary>Sequence number of the first record, -1 for none.</summary>
    public int BaseSequence { get; init; } = -1;

    /// <summary>Whether the batch is part of a transaction.</summary>
    public bool IsTransactional { get; init; }

    /// <summary>Whether the batch holds the broker's markers rather than records of producers.</summary>
    public bool IsControl { get; init; }

    /// <summary>The broker's time in milliseconds since the Unix epoch, which then stands for every record; null keeps their own.</summary>
    public long? LogAppendTime { get; init; }

    /// <summary>Records appended so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the batch if it were built now without compression.</summary>
    public int UncompressedLength => RecordBatch.HeaderSize + _records.WrittenCount;

    /// <summary>Appends a record at the offset that follows the last one.</summary>
    /// <inheritdoc cref="Append(int, long, ReadOnlyMemory{byte}?, ReadOnlyMemory{byte}?, IReadOnlyList{RecordHeader}?)"/>
    public RecordBatchBuilder Append(
        long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, IReadOnlyList<RecordHeader>? headers = null) =>
        Append(_lastOffsetDelta + 1, timestamp, key, value, headers);

    /// <summary>Appends a record.</summary>
    /// <param name="offsetDelta">Its offset less the base offset; larger than that of the record before.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch, -1 for none.</param>
    /// <param name="key">The key or null.</param>
    /// <param name="value">The value or null.</param>
    /// <param name="headers">The headers; null is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset delta does not rise.</exception>
    public RecordBatchBuilder Append(
        int offsetDelta,
        long timestamp,
        ReadOnlyMemory<byte>? key,
        ReadOnlyMemory<byte>? value,
        IReadOnlyList<RecordHeader>? headers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(offsetDelta, _lastOffsetDelta);
        if (Count == 0)
            _baseTimestamp = _maxTimestamp = timestamp;
        headers ??= [];
        var timestampDelta = timestamp - _baseTimestamp;
        var length = 1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(offsetDelta) + SizeOf(key) + SizeOf(value) + SizeOf(headers);
        Varint.Write(_records, length);
        _records.Write<byte>([0]);
        Varint.Write(_records, timestampDelta);
        Varint.Write(_records, offsetDelta);
        Write(key);
        Write(value);
        Varint.Write(_records, headers.Count);
        foreach (var header in headers)
        {
            Write(Encoding.UTF8.GetBytes(header.Key));
            Write(header.Value);
        }
        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
        _lastOffsetDelta = offsetDelta;
        Count++;
        return this;
    }

    /// <summary>The batch with its CRC. May be called again after more records were appended.</summary>
    /// <exception cref="InvalidOperationException">There are no records.</exception>
    public byte[] Build()
    {
        if (Count == 0)
            throw new InvalidOperationException("a record batch needs a record");
        return Compression == CompressionType.None
            ? Build(_records.WrittenSpan)
            : Build(RecordCompression.Compress(Compression, _records.WrittenSpan));
    }

    private byte[] Build(ReadOnlySpan<byte> payload)
    {
        var batch = new byte[RecordBatch.HeaderSize + payload.Length];
        payload.CopyTo(batch.AsSpan(RecordBatch.HeaderSize));
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(12), PartitionLeaderEpoch);
        batch[16] = 2;
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), _lastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), LogAppendTime ?? _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), Count);
        RecordBatchRecompression.Seal(batch, AttributeBits());
        return batch;
    }

    private short AttributeBits()
    {
        var bits = (short)Compression;
        if (LogAppendTime is not null)
            bits |= RecordBatch.LogAppendTimeFlag;
        if (IsTransactional)
            bits |= RecordBatch.TransactionalFlag;
        if (IsControl)
            bits |= RecordBatch.ControlFlag;
        return bits;
    }

    private static int SizeOf(ReadOnlyMemory<byte>? bytes) =>
        bytes is { } present ? Varint.SizeOf(present.Length) + present.Length : Varint.SizeOf(-1);

    private static int SizeOf(IReadOnlyList<RecordHeader> headers)
    {
        var size = Varint.SizeOf(headers.Count);
        foreach (var header in headers)
        {
            var keySize = Encoding.UTF8.GetByteCount(header.Key);
            size += Varint.SizeOf(keySize) + keySize + SizeOf(header.Value);
        }
        return size;
    }

    private void Write(ReadOnlyMemory<byte>? bytes)
    {
        Varint.Write(_records, bytes?.Length ?? -1);
        if (bytes is { } present)
            _records.Write(present.Span);
    }
}
