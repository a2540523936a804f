using System.Text.RegularExpressions;

namespace Portask.Adoption.Tests.Docs;

/// <summary>One setting of portask.conf with the comment above it.</summary>
internal sealed record ReferenceSetting(string Path, string Default, string Comment)
{
    public string Section => Path[..Path.LastIndexOf('.')];

    public string Key => Path[(Path.LastIndexOf('.') + 1)..];
}

/// <summary>
/// Reads portask.conf as people do: settings with the comments above them, sections with theirs. The form is narrow on purpose:
/// a line that is none of these fails.
/// </summary>
internal static partial class ReferenceConfiguration
{
    /// <summary>The settings in their order, and the comment of each section that has one.</summary>
    public static (IReadOnlyList<ReferenceSetting> Settings, IReadOnlyDictionary<string, string> Sections) Read(string text)
    {
        var settings = new List<ReferenceSetting>();
        var sections = new Dictionary<string, string>();
        var path = new Stack<string>();
        var comment = new List<string>();
        var shared = "";
        foreach (var line in text.Split('\n').Select(line => line.Trim()).SkipWhile(line => line != "portask {"))
        {
            if (line.StartsWith('#'))
                comment.Add(line.TrimStart('#', ' '));
            else if (Opening().Match(line) is { Success: true } opening)
            {
                path.Push(path.Count == 0 ? opening.Groups[1].Value : $"{path.Peek()}.{opening.Groups[1].Value}");
                if (comment.Count > 0)
                    sections[path.Peek()] = string.Join(' ', comment);
            }
            else if (Assignment().Match(line) is { Success: true } assignment)
            {
                // Two settings in a row share the comment above the first.
                shared = comment.Count > 0 ? string.Join(' ', comment) : shared;
                settings.Add(new($"{path.Peek()}.{assignment.Groups[1].Value}", assignment.Groups[2].Value, shared));
            }
            else if (line == "}")
                path.Pop();
            else
                Assert.True(line.Length == 0, $"portask.conf has a line of no known form: {line}");
            if (!line.StartsWith('#'))
                comment.Clear();
        }
        return (settings, sections);
    }

    [GeneratedRegex(@"^([\w.-]+) \{$")]
    private static partial Regex Opening();

    [GeneratedRegex(@"^([\w-]+) = (.+)$")]
    private static partial Regex Assignment();
}
