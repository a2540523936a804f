using System.Text.RegularExpressions;
using Akka.Configuration;

namespace Portask.Hosting.Settings;

/// <summary>One place settings come from: a file or a flag. Keeps the text so that an error can name the line.</summary>
/// <param name="Name">File name or flag, as errors show it.</param>
/// <param name="Text">HOCON, and so JSON as well.</param>
public sealed record SettingsSource(string Name, string Text)
{
    // A flag or a variable has no lines.
    private bool HasLines { get; init; } = true;

    /// <summary>One setting as a source, as flags and environment variables give them.</summary>
    public static SettingsSource Of(string name, string path, string value) =>
        new(name, $"{path} = \"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"") { HasLines = false };

    /// <summary>The parsed form.</summary>
    /// <exception cref="ConfigurationException">The text is not HOCON.</exception>
    public Config Parse()
    {
        try
        {
            return ConfigurationFactory.ParseString(Text);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            throw new ConfigurationException($"{Name}: not valid HOCON or JSON: {cause.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public static SettingsSource FromFile(string path)
    {
        try
        {
            return new SettingsSource(path, File.ReadAllText(path));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: cannot be read: {(Directory.Exists(path) ? "it is a folder, and takes a file" : cause.Message)}");
        }
    }

    /// <summary>Where a path stands, as <c>file:line</c>: HOCON keeps no positions, so each segment is looked for after the one before.</summary>
    public string Locate(string path)
    {
        var at = 0;
        var line = 0;
        foreach (var segment in path.Split('.'))
        {
            var match = new Regex($@"(?<![\w-]){Regex.Escape(segment)}[""']?\s*(?=[.=:{{+])").Match(Text, at);
            if (!match.Success)
                break;
            at = match.Index + match.Length;
            line = Text.AsSpan(0, match.Index).Count('\n') + 1;
        }
        return line == 0 || !HasLines ? Name : $"{Name}:{line}";
    }
}
