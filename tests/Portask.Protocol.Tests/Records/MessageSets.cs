using System.Buffers.Binary;
using Portask.Protocol.Records;

namespace Portask.Protocol.Tests.Records;

/// <summary>Reads message sets as clients of magic 0 and 1 do: CRCs, wrappers, and offsets that are relative in magic 1.</summary>
internal static class MessageSets
{
    private const byte LogAppendTimeFlag = 0x08;

    /// <summary>The messages in the form of <see cref="RandomRecords.Describe"/>.</summary>
    public static List<string> Read(ReadOnlyMemory<byte> set)
    {
        var read = new List<string>();
        foreach (var message in Messages(set))
        {
            if (message.Codec == CompressionType.None)
            {
                read.Add(Describe(message, message.Offset, message.Timestamp));
                continue;
            }
            var inner = Messages(RecordCompression.Decompress(message.Codec, message.Value!.Value, RandomRecords.Cap));
            var toAbsolute = message.Magic == 0 ? 0 : message.Offset - inner[^1].Offset;
            read.AddRange(inner.Select(one => Describe(one, one.Offset + toAbsolute, message.HasLogAppendTime ? message.Timestamp : one.Timestamp)));
        }
        return read;
    }

    private static List<Message> Messages(ReadOnlyMemory<byte> set)
    {
        var messages = new List<Message>();
        for (; !set.IsEmpty; set = set[(12 + BinaryPrimitives.ReadInt32BigEndian(set.Span[8..]))..])
        {
            var entry = set[..(12 + BinaryPrimitives.ReadInt32BigEndian(set.Span[8..]))];
            Assert.Equal(Crc32.Compute(entry.Span[16..]), BinaryPrimitives.ReadUInt32BigEndian(entry.Span[12..]));
            var magic = entry.Span[16];
            var keyAt = magic == 0 ? 18 : 26;
            var key = Bytes(entry, keyAt);
            var valueAt = keyAt + 4 + (key?.Length ?? 0);
            var value = Bytes(entry, valueAt);
            Assert.Equal(entry.Length, valueAt + 4 + (value?.Length ?? 0));
            messages.Add(new Message(
                BinaryPrimitives.ReadInt64BigEndian(entry.Span), magic, entry.Span[17],
                magic == 0 ? -1 : BinaryPrimitives.ReadInt64BigEndian(entry.Span[18..]), key, value));
        }
        return messages;
    }

    private static ReadOnlyMemory<byte>? Bytes(ReadOnlyMemory<byte> entry, int at)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(entry.Span[at..]);
        // Not a conditional expression: in one, null would become an empty memory by way of a null array.
        if (length == -1)
            return null;
        return entry.Slice(at + 4, length);
    }

    private static string Describe(Message message, long offset, long timestamp) => RandomRecords.Describe(offset, timestamp, message.Key, message.Value, []);

    private sealed record Message(long Offset, byte Magic, byte Attributes, long Timestamp, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value)
    {
        public CompressionType Codec => (CompressionType)(Attributes & 7);

        public bool HasLogAppendTime => Magic > 0 && (Attributes & LogAppendTimeFlag) != 0;
    }
}
