using System.Text.RegularExpressions;

namespace Portask.Adoption.Tests.Docs;

/// <summary>A block of a page between two fences.</summary>
/// <param name="Kind">
/// What stands behind the first fence, of which readers see the colours: <c>sh</c> is typed, <c>sh background</c> goes on while the next
/// blocks are typed, <c>sh elsewhere</c> takes what a test has not (a container engine, minutes, another's cluster). <c>text</c> is what the
/// block before gives, <c>text example</c> something like it. Any other language with a name behind it is a file of that name.
/// </param>
/// <param name="Lines">What stands between, without the indentation of the fence.</param>
internal sealed partial record PageBlock(string Kind, IReadOnlyList<string> Lines)
{
    /// <summary>Whether it is typed.</summary>
    public bool IsTyped => Kind is "sh" or "sh background";

    /// <summary>The file that it is; null when it is none.</summary>
    public string? File => Kind.Split(' ') is [not ("sh" or "text"), var name] ? name : null;

    /// <summary>The blocks of a page in their order.</summary>
    public static IReadOnlyList<PageBlock> Read(string page)
    {
        var blocks = new List<PageBlock>();
        var lines = page.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!IsFence(lines[i], out var indent))
                continue;
            var content = lines.Skip(i + 1).TakeWhile(line => !IsFence(line, out _)).ToList();
            blocks.Add(new(lines[i][(indent + 3)..].Trim(), content.ConvertAll(line => line.Length > indent ? line[indent..] : "")));
            i += content.Count + 1;
        }
        return blocks;
    }

    /// <summary>
    /// Lines that a reader would type and that no test would notice: in a block that says nothing of being typed, or indented without a
    /// fence.
    /// </summary>
    public static IEnumerable<string> Unseen(string page)
    {
        var hidden = Read(page).Where(block => block.Kind.Split(' ')[0] is "" or "text" or "console" or "bash" or "shell" or "powershell").SelectMany(block => block.Lines);
        var fenced = false;
        var indented = page.Split('\n').Where(line => !(fenced ^= IsFence(line, out _)) && line.StartsWith("    ", StringComparison.Ordinal));
        return hidden.Concat(indented).Where(line => Command().IsMatch(line));
    }

    /// <summary>
    /// Whether this output is what a <c>text</c> block says. Three dots stand for anything; times are those of another day, and lines end
    /// where a page has room for them.
    /// </summary>
    public bool Matches(string output) =>
        Regex.IsMatch(Even(output), $"^{Regex.Escape(Even(string.Join('\n', Lines))).Replace(@"\.\.\.", ".*", StringComparison.Ordinal)}$");

    private static string Even(string text) => Space().Replace(Time().Replace(text, "TIME"), "");

    private static bool IsFence(string line, out int indent)
    {
        indent = line.Length - line.TrimStart().Length;
        return line.AsSpan(indent).StartsWith("```");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z")]
    private static partial Regex Time();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^\s*(\$ )?([A-Z_]+=\S+ )?(portask|dotnet|docker|kubectl|kcat|curl|npm|node|go|python3|promtool|prometheus|cd|echo|\.ci/\w+)( (?!ready )|$)")]
    private static partial Regex Command();
}
