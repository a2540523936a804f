using System.Buffers;
using System.Buffers.Binary;

namespace Portask.Protocol.Records;

/// <summary>
/// Makes a batch of some of the records of another (compaction). Base offset, last offset delta, producer, sequence and codec
/// stay, so that what is left stands where it stood. Keys, values and headers are copied as they are.
/// </summary>
/// <param name="batch">A batch of magic 2.</param>
/// <param name="maxBytes">Most bytes that the records may have when they are decompressed.</param>
/// <exception cref="KafkaProtocolException">The batch cannot be decompressed within the cap.</exception>
public sealed class RecordBatchFilter(RecordBatch batch, int maxBytes)
{
    private readonly RecordReader _reader = RecordReader.Open(batch, maxBytes);
    private readonly List<(long Offset, long Timestamp, ReadOnlyMemory<byte> Body)> _kept = [];

    /// <summary>Records that are kept so far.</summary>
    public int Count => _kept.Count;

    /// <summary>Reads the next record.</summary>
    /// <returns>False behind the last record.</returns>
    /// <exception cref="KafkaProtocolException">The record is malformed.</exception>
    public bool TryReadNext(out KafkaRecord record) => _reader.TryReadNext(out record);

    /// <summary>Keeps the record that was read last.</summary>
    public void Keep(in KafkaRecord record) => _kept.Add((record.Offset, record.Timestamp, _reader.Body));

    /// <summary>The batch of the kept records.</summary>
    /// <param name="deleteHorizonMs">When tombstones and markers in it may go, which stands in the place of the base timestamp (KIP-534); null leaves that as it is.</param>
    public byte[] Build(long? deleteHorizonMs)
    {
        var baseTimestamp = deleteHorizonMs ?? batch.BaseTimestamp;
        var records = new ArrayBufferWriter<byte>();
        foreach (var (offset, timestamp, body) in _kept)
        {
            var (timestampDelta, offsetDelta) = (timestamp - baseTimestamp, offset - batch.BaseOffset);
            Varint.Write(records, 1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(offsetDelta) + body.Length);
            records.Write<byte>([0]);
            Varint.Write(records, timestampDelta);
            Varint.Write(records, offsetDelta);
            records.Write(body.Span);
        }
        var payload = batch.CompressionType == CompressionType.None
            ? records.WrittenSpan
            : RecordCompression.Compress(batch.CompressionType, records.WrittenSpan);
        var copy = new byte[RecordBatch.HeaderSize + payload.Length];
        batch.Bytes.Span[..RecordBatch.HeaderSize].CopyTo(copy);
        payload.CopyTo(copy.AsSpan(RecordBatch.HeaderSize));
        BinaryPrimitives.WriteInt64BigEndian(copy.AsSpan(27), baseTimestamp);
        if (!batch.HasLogAppendTime && batch.MaxTimestamp >= 0)
            BinaryPrimitives.WriteInt64BigEndian(copy.AsSpan(35), _kept.Max(record => record.Timestamp));
        BinaryPrimitives.WriteInt32BigEndian(copy.AsSpan(57), _kept.Count);
        var horizonFlag = deleteHorizonMs is null ? (short)0 : RecordBatch.DeleteHorizonFlag;
        RecordBatchRecompression.Seal(copy, (short)(batch.Attributes | horizonFlag));
        return copy;
    }
}
