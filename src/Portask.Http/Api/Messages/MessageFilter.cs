using System.Text;
using Portask.Protocol.Records;

namespace Portask.Http.Api;

/// <summary>What of a record is looked for; all that is given has to fit.</summary>
/// <param name="Key">The key, byte by byte.</param>
/// <param name="HeaderName">A header of that name.</param>
/// <param name="HeaderValue">With that value, where given.</param>
/// <param name="Contains">Bytes that the key or the value holds.</param>
internal sealed record MessageFilter(byte[]? Key, string? HeaderName, byte[]? HeaderValue, byte[]? Contains)
{
    /// <summary>Whether every record fits.</summary>
    public bool TakesAll => Key is null && HeaderName is null && Contains is null;

    /// <summary>The filter of a query.</summary>
    /// <param name="header">A name, or <c>name=value</c>.</param>
    public static MessageFilter Of(string? key, string? header, string? contains)
    {
        var equals = header?.IndexOf('=', StringComparison.Ordinal) ?? -1;
        return new(
            Bytes(key),
            equals < 0 ? header : header![..equals],
            equals < 0 ? null : Bytes(header![(equals + 1)..]),
            Bytes(contains));
    }

    /// <summary>Whether a record fits.</summary>
    public bool Takes(KafkaRecord record) =>
        (Key is null || (record.Key is { } key && key.Span.SequenceEqual(Key)))
        && (Contains is null || Holds(record.Value, Contains) || Holds(record.Key, Contains))
        && (HeaderName is null || (record.HeaderCount > 0 && record.ReadHeaders().Any(TakesHeader)));

    private bool TakesHeader(RecordHeader header) =>
        header.Key == HeaderName && (HeaderValue is null || (header.Value is { } value && value.Span.SequenceEqual(HeaderValue)));

    private static bool Holds(ReadOnlyMemory<byte>? bytes, byte[] part) => bytes is { } present && present.Span.IndexOf(part) >= 0;

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
