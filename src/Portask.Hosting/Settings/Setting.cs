using System.Globalization;

namespace Portask.Hosting.Settings;

/// <summary>One setting: its path, what it takes, and what it changes.</summary>
/// <param name="Path">Path in HOCON.</param>
/// <param name="Accepts">What is accepted, for error messages.</param>
/// <param name="Apply">Puts the text of the value into the options; false when the value is not accepted.</param>
internal sealed record Setting(string Path, string Accepts, Func<NodeOptions, string, NodeOptions?> Apply)
{
    public static Setting Integer(string path, long min, long max, Func<NodeOptions, long, NodeOptions> apply) =>
        new(path, $"a whole number from {min} to {max}", (options, text) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                ? apply(options, value)
                : null);

    public static Setting Flag(string path, Func<NodeOptions, bool, NodeOptions> apply) =>
        new(path, "true or false", (options, text) => text switch
        {
            "true" or "on" or "yes" => apply(options, true),
            "false" or "off" or "no" => apply(options, false),
            _ => null,
        });

    public static Setting Span(string path, Func<NodeOptions, TimeSpan, NodeOptions> apply) =>
        new(path, "a number of ms, or one with s, m, h or d behind it", (options, text) =>
        {
            var digits = text.AsSpan().TrimEnd("smhd");
            if (text.Length - digits.Length > 1 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
                return null;
            return apply(options, text[^1] switch
            {
                's' => TimeSpan.FromSeconds(amount),
                'm' => TimeSpan.FromMinutes(amount),
                'h' => TimeSpan.FromHours(amount),
                'd' => TimeSpan.FromDays(amount),
                _ => TimeSpan.FromMilliseconds(amount),
            });
        });

    public static Setting Choice(string path, string[] choices, Func<NodeOptions, string, NodeOptions> apply) =>
        new(path, "one of " + string.Join(", ", choices), (options, text) =>
            Array.Find(choices, choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice ? apply(options, choice) : null);

    public static Setting Text(string path, string accepts, Func<NodeOptions, string, NodeOptions?> apply) => new(path, accepts, apply);
}
