using System.Globalization;

namespace Portask.Replay;

/// <summary>Times and spans as they are printed.</summary>
public static class Times
{
    /// <summary>A time in UTC to the millisecond.</summary>
    /// <param name="unixMs">Milliseconds since the Unix epoch; anything may stand in a record, so all of them are printed.</param>
    public static string Text(long unixMs) => unixMs is < -62_135_596_800_000 or > 253_402_300_799_999
        ? $"{unixMs} ms"
        : DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>A span in the two units that say most of it.</summary>
    public static string Span(long ms) => ms switch
    {
        < 1_000 => $"{ms} ms",
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:0.##} s"),
        < 3_600_000 => $"{ms / 60_000} min {ms / 1000 % 60} s",
        < 86_400_000 => $"{ms / 3_600_000} h {ms / 60_000 % 60} min",
        _ => $"{ms / 86_400_000} d {ms / 3_600_000 % 24} h",
    };
}
