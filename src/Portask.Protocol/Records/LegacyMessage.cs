namespace Portask.Protocol.Records;

/// <summary>One message of magic 0 or 1; its bytes are slices of the set. The value of a compressed one is a set itself.</summary>
internal readonly record struct LegacyMessage(
    byte Magic, byte Attributes, long Timestamp, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value)
{
    /// <summary>Set when the timestamp is the broker's.</summary>
    internal const byte LogAppendTimeFlag = 0x08;

    internal CompressionType Codec => (CompressionType)(Attributes & RecordBatch.CodecMask);

    internal bool HasLogAppendTime => Magic > 0 && (Attributes & LogAppendTimeFlag) != 0;
}
