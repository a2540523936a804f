using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portask.Bridge;

/// <summary>Durations as Go writes them: "100ms", "1m30s", "0s".</summary>
internal static class GoDuration
{
    private static readonly (string Unit, double Milliseconds)[] Units =
        [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0")
            return true;
        var milliseconds = 0d;
        for (var rest = text.AsSpan(); rest.Length > 0 || text.Length == 0;)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAny("0123456789.");
            var unit = (letters < 0 ? rest : rest[..letters]).ToString();
            var factor = Units.FirstOrDefault(known => known.Unit == unit).Milliseconds;
            if (factor == 0)
                return false;
            milliseconds += number * factor;
            rest = rest[unit.Length..];
        }
        // Far beyond what any setting takes, and what TimeSpan holds.
        if (milliseconds > TimeSpan.FromDays(365).TotalMilliseconds)
            return false;
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
        var text = new StringBuilder();
        if (duration.TotalHours >= 1)
            text.Append(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours}h");
        if (duration.TotalMinutes >= 1)
            text.Append(CultureInfo.InvariantCulture, $"{duration.Minutes}m");
        return text.Append(CultureInfo.InvariantCulture, $"{duration.Seconds + (duration.Milliseconds / 1000d)}s").ToString();
    }

    /// <summary>Reads and writes the durations of the bridge's own settings.</summary>
    internal sealed class Converter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var duration)
                ? duration
                : throw new JsonException("takes a duration such as \"500ms\", \"10s\" or \"1m30s\"");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));
    }
}
