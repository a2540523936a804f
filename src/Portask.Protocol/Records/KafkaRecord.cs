using System.Text;

namespace Portask.Protocol.Records;

/// <summary>One record of a batch. Its bytes are slices of the decompressed batch, which they keep alive.</summary>
public readonly struct KafkaRecord
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _headers;

    internal KafkaRecord(
        long offset, long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, int headerCount, ReadOnlyMemory<byte> headers)
    {
        Offset = offset;
        Timestamp = timestamp;
        Key = key;
        Value = value;
        HeaderCount = headerCount;
        _headers = headers;
    }

    /// <summary>The offset in the partition, as far as the batch is stamped with its base offset.</summary>
    public long Offset { get; }

    /// <summary>Milliseconds since the Unix epoch, -1 for none; the broker's time when the batch has LogAppendTime.</summary>
    public long Timestamp { get; }

    /// <summary>The key, null when the producer gave none.</summary>
    public ReadOnlyMemory<byte>? Key { get; }

    /// <summary>The value; null is a tombstone in a compacted topic.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>Number of headers.</summary>
    public int HeaderCount { get; }

    /// <summary>Decodes the headers in the order in which the producer wrote them. Allocates the list and the keys.</summary>
    /// <exception cref="KafkaProtocolException">A key is not UTF-8.</exception>
    public IReadOnlyList<RecordHeader> ReadHeaders()
    {
        if (HeaderCount == 0)
            return [];
        var headers = new List<RecordHeader>(HeaderCount);
        var cursor = new RecordCursor(_headers.Span, 0);
        for (var left = HeaderCount; left > 0; left--)
        {
            var key = RecordReader.ReadBytes(ref cursor, _headers) ?? throw RecordReader.NullHeaderKey();
            headers.Add(new RecordHeader(DecodeKey(key.Span), RecordReader.ReadBytes(ref cursor, _headers)));
        }
        return headers;
    }

    private static string DecodeKey(ReadOnlySpan<byte> key)
    {
        try
        {
            return Utf8.GetString(key);
        }
        catch (DecoderFallbackException)
        {
            throw new KafkaProtocolException("the key of a record header is not UTF-8");
        }
    }
}
