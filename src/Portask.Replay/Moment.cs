using System.Globalization;

namespace Portask.Replay;

/// <summary>A point in a history: a sequence number or a time.</summary>
public readonly record struct Moment(long? SequenceNr, long? UnixMs)
{
    // Whole numbers from here on are times in ms (from 1973 on); nothing journals that many events.
    private const long FirstUnixMs = 100_000_000_000;

    private const string TimeForms = "ISO 8601 (2026-01-31T10:00:00Z), ms since the Unix epoch, or back from now (-10m; s, m, h, d)";
    private const string SequenceNumber = "a sequence number";

    /// <summary>The forms that <see cref="Parse"/> takes.</summary>
    public const string Forms = $"{SequenceNumber}, {TimeForms}";

    /// <summary>Reads a moment as users write it.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="now">What spans go back from.</param>
    /// <param name="number">What a whole number is, for who writes none of the forms.</param>
    /// <exception cref="ReplayException">It is none of the forms.</exception>
    public static Moment Parse(string text, DateTimeOffset now, string number = SequenceNumber)
    {
        if (text == "now")
            return new(null, now.ToUnixTimeMilliseconds());
        if (text.StartsWith('-') && TryParseSpanMs(text.AsSpan(1)) is { } back)
            return new(null, now.ToUnixTimeMilliseconds() - back);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
            return whole >= FirstUnixMs ? new(null, whole) : new(whole, null);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && text.Contains('-'))
            return new(null, time.ToUnixTimeMilliseconds());
        throw new ReplayException($"'{text}' is no point in time; it takes {number}, {TimeForms}");
    }

    /// <summary>A moment in the form in which it was given: the number, or the time in UTC.</summary>
    public override string ToString() => SequenceNr is { } number ? $"sequence number {number}" : Times.Text(UnixMs ?? 0);

    private static long? TryParseSpanMs(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            return null;
        return text[^1] switch
        {
            's' => amount * 1000L,
            'm' => amount * 60_000L,
            'h' => amount * 3_600_000L,
            'd' => amount * 86_400_000L,
            _ => null,
        };
    }
}
