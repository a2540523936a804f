using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Portask.Protocol.Records;

/// <summary>
/// A view over one record batch of magic 2: the 61 bytes of its header and the records behind them, which stay unopened.
/// Nothing is checked here; <see cref="RecordBatchValidator"/> does that once, when a batch arrives.
/// </summary>
public readonly struct RecordBatch(ReadOnlyMemory<byte> bytes)
{
    /// <summary>Bytes of the header; the records follow.</summary>
    public const int HeaderSize = 61;

    /// <summary>Bytes of base offset and length, which the length does not count.</summary>
    public const int LengthOverhead = 12;

    /// <summary>The first byte that the CRC covers.</summary>
    public const int CrcStart = 21;

    internal const short CodecMask = 0x07;
    internal const short LogAppendTimeFlag = 0x08;
    internal const short TransactionalFlag = 0x10;
    internal const short ControlFlag = 0x20;
    internal const short DeleteHorizonFlag = 0x40;

    /// <summary>The whole batch.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>The records, compressed as the attributes say.</summary>
    public ReadOnlyMemory<byte> Payload => bytes[HeaderSize..];

    /// <summary>Bytes of the whole batch.</summary>
    public int Length => bytes.Length;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(bytes.Span);

    public int PartitionLeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(bytes.Span[12..]);

    public byte Magic => bytes.Span[16];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[17..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(bytes.Span[21..]);

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(bytes.Span[23..]);

    /// <summary>Milliseconds since the Unix epoch; record timestamps are relative to it. With a delete horizon it is that.</summary>
    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes.Span[27..]);

    /// <summary>Milliseconds since the Unix epoch; -1 where an old Sarama left it out.</summary>
    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes.Span[35..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(bytes.Span[43..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(bytes.Span[51..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(bytes.Span[53..]);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(bytes.Span[57..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long NextOffset => LastOffset + 1;

    public CompressionType CompressionType => (CompressionType)(Attributes & CodecMask);

    public bool HasLogAppendTime => (Attributes & LogAppendTimeFlag) != 0;

    public bool IsTransactional => (Attributes & TransactionalFlag) != 0;

    public bool IsControl => (Attributes & ControlFlag) != 0;

    /// <summary>When compaction may take the tombstones or the marker in it, in ms since the Unix epoch; null before its first pass (KIP-534).</summary>
    public long? DeleteHorizonMs => (Attributes & DeleteHorizonFlag) != 0 ? BaseTimestamp : null;

    /// <summary>Bytes of the batch that starts at <paramref name="span"/> as its length field has it, -1 when there is no whole length field.</summary>
    public static long ReadLength(ReadOnlySpan<byte> span) =>
        span.Length < LengthOverhead ? -1 : (long)BinaryPrimitives.ReadInt32BigEndian(span[8..]) + LengthOverhead;

    /// <summary>
    /// Writes base offset and leader epoch into the batch where it lies. Both are outside the CRC, and a frame's array has
    /// one owner, so nothing is copied.
    /// </summary>
    public static void Stamp(ReadOnlyMemory<byte> batch, long baseOffset, int leaderEpoch)
    {
        var span = MemoryMarshal.AsMemory(batch).Span;
        BinaryPrimitives.WriteInt64BigEndian(span, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(span[12..], leaderEpoch);
    }

    /// <summary>Writes the largest time of the records and sums the CRC anew.</summary>
    internal static void StampMaxTimestamp(ReadOnlyMemory<byte> batch, long unixMs)
    {
        var span = MemoryMarshal.AsMemory(batch).Span;
        BinaryPrimitives.WriteInt64BigEndian(span[35..], unixMs);
        BinaryPrimitives.WriteUInt32BigEndian(span[17..], Crc32C.Compute(span[CrcStart..]));
    }

    /// <summary>Marks the batch as having the broker's time and sums its CRC anew (message.timestamp.type=LogAppendTime).</summary>
    public static void StampLogAppendTime(ReadOnlyMemory<byte> batch, long unixMs)
    {
        var span = MemoryMarshal.AsMemory(batch).Span;
        var attributes = BinaryPrimitives.ReadInt16BigEndian(span[21..]);
        BinaryPrimitives.WriteInt16BigEndian(span[21..], (short)(attributes | LogAppendTimeFlag));
        StampMaxTimestamp(batch, unixMs);
    }
}
