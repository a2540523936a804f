using System.Text;
using System.Text.Json;
using Portask.Protocol.Records;

namespace Portask.Http.Api;

/// <summary>Shows records: as text and JSON where they are, as base64 always, as sizes where contents are hidden.</summary>
/// <param name="hides">Whether contents are hidden.</param>
/// <param name="mostBytes">Bytes of one key or value that are shown.</param>
internal sealed class MessageView(bool hides, int mostBytes)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A record of a batch.</summary>
    public Message Of(int partition, RecordBatch batch, KafkaRecord record) => new(
        partition,
        record.Offset,
        record.Timestamp,
        batch.HasLogAppendTime ? "append" : "create",
        Of(record.Key),
        Of(record.Value),
        record.HeaderCount,
        // The name of a header is content too.
        hides ? [] : [.. record.ReadHeaders().Select(header => new MessageHeader(header.Key, Of(header.Value)))],
        batch.CompressionType.ToString().ToLowerInvariant(),
        batch.PartitionLeaderEpoch,
        batch.ProducerId < 0 ? null : batch.ProducerId,
        batch.ProducerId < 0 ? null : batch.ProducerEpoch,
        batch.IsTransactional);

    private Content? Of(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } present)
            return null;
        if (hides)
            return new(present.Length, "hidden", null, null, IsCut: false);
        var shown = present.Span[..Math.Min(mostBytes, present.Length)];
        var isCut = shown.Length < present.Length;
        var text = Text(isCut ? WithoutBrokenEnd(shown) : shown);
        var format = text is null ? "binary" : !isCut && IsJson(shown) ? "json" : "text";
        return new(present.Length, format, text, Convert.ToBase64String(shown), isCut);
    }

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // A cut may go through a character, whose first byte tells how many it has.
    private static ReadOnlySpan<byte> WithoutBrokenEnd(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var first = bytes[^back];
            if ((first & 0xC0) == 0x80)
                continue;
            var length = first switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return length > back ? bytes[..^back] : bytes;
        }
        return bytes;
    }

    // Only an object or an array: a bare number is as good a text.
    private static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        var trimmed = bytes.Trim(" \t\r\n"u8);
        if (trimmed.Length < 2 || trimmed[0] is not ((byte)'{' or (byte)'['))
            return false;
        var reader = new Utf8JsonReader(trimmed);
        try
        {
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
