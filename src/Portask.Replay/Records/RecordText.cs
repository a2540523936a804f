using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Portask.Protocol.Records;

namespace Portask.Replay.Records;

/// <summary>A record as it is shown: text where its bytes are text, else base64.</summary>
/// <param name="TimeMs">Its timestamp, in ms since the Unix epoch; -1 for none.</param>
public sealed record RecordText(
    long Offset, long TimeMs, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<RecordHeader> Headers)
{
    // As much as the broker opens: a batch that is larger was never taken.
    private const int MostBytes = int.MaxValue / 4;

    /// <summary>The records of a batch, opened.</summary>
    /// <exception cref="Protocol.KafkaProtocolException">The batch cannot be opened.</exception>
    public static IReadOnlyList<RecordText> Decode(RecordBatch batch)
    {
        var reader = RecordReader.Open(batch, MostBytes);
        var records = new List<RecordText>();
        while (reader.TryReadNext(out var record))
            records.Add(new(record.Offset, record.Timestamp, record.Key, record.Value, record.ReadHeaders()));
        return records;
    }

    /// <summary>The record as a JSON object; bytes that are no text stand under a name that ends in Base64.</summary>
    public JsonObject ToJson()
    {
        var shown = new JsonObject { ["offset"] = Offset, ["timestamp"] = TimeMs < 0 ? null : Times.Text(TimeMs) };
        Put(shown, "key", Key);
        Put(shown, "value", Value);
        if (Headers.Count > 0)
        {
            shown["headers"] = new JsonArray([.. Headers.Select(header =>
            {
                var one = new JsonObject { ["name"] = header.Key };
                Put(one, "value", header.Value);
                return (JsonNode?)one;
            })]);
        }
        return shown;
    }

    /// <summary>Bytes as text: null, the text itself, or base64 behind a mark.</summary>
    public static string Text(ReadOnlyMemory<byte>? bytes) =>
        bytes is not { } present ? "null" : Utf8.IsValid(present.Span) ? Encoding.UTF8.GetString(present.Span) : "base64:" + Convert.ToBase64String(present.Span);

    private static void Put(JsonObject shown, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } present)
            shown[name] = null;
        else if (Utf8.IsValid(present.Span))
            shown[name] = Encoding.UTF8.GetString(present.Span);
        else
            shown[name + "Base64"] = Convert.ToBase64String(present.Span);
    }
}
