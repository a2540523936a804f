using System.Buffers.Binary;

namespace Portask.Protocol.Records;

/// <summary>Changes the codec of a batch (compression.type of a topic).</summary>
public static class RecordBatchRecompression
{
    /// <summary>A copy of a batch with its records in another codec and its CRC summed anew; the rest of the header is kept.</summary>
    /// <param name="batch">A batch of magic 2.</param>
    /// <param name="records">Its decompressed records.</param>
    /// <param name="codec">The codec of the copy.</param>
    /// <param name="level">The level of the codec as compression.*.level has it; null is its default.</param>
    public static byte[] To(RecordBatch batch, ReadOnlySpan<byte> records, CompressionType codec, int? level)
    {
        var payload = RecordCompression.Compress(codec, records, level);
        var copy = new byte[RecordBatch.HeaderSize + payload.Length];
        batch.Bytes.Span[..RecordBatch.HeaderSize].CopyTo(copy);
        payload.CopyTo(copy.AsSpan(RecordBatch.HeaderSize));
        Seal(copy, (short)((batch.Attributes & ~RecordBatch.CodecMask) | (int)codec));
        return copy;
    }

    /// <summary>Writes what depends on the rest of a batch: length, attributes and, last, the CRC.</summary>
    internal static void Seal(Span<byte> batch, short attributes)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], batch.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.CrcStart..], attributes);
        BinaryPrimitives.WriteUInt32BigEndian(batch[17..], Crc32C.Compute(batch[RecordBatch.CrcStart..]));
    }
}
