namespace Portask.Adoption.Tests.Docs;

/// <summary>A block of a page that is typed, and what the page says comes out of it.</summary>
/// <param name="Script">The commands.</param>
/// <param name="IsBackground">Whether it goes on while the next ones are typed.</param>
/// <param name="Output">The lines of the block behind it; null when there is none. A line of three dots stands for any lines.</param>
internal sealed record ShellBlock(string Script, bool IsBackground, IReadOnlyList<string>? Output)
{
    /// <summary>The blocks marked sh, each with a text block that follows it before the next one.</summary>
    public static IReadOnlyList<ShellBlock> Read(string page)
    {
        var blocks = new List<ShellBlock>();
        var lines = page.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var kind = lines[i][3..];
            var content = lines.Skip(i + 1).TakeWhile(line => line != "```").ToList();
            i += content.Count + 1;
            if (kind is "sh" or "sh background")
                blocks.Add(new(string.Join('\n', content), kind != "sh", null));
            else if (kind == "text" && blocks is [.., { Output: null } last])
                blocks[^1] = last with { Output = content };
        }
        return blocks;
    }

    /// <summary>Whether these lines are what the page says.</summary>
    public bool IsAsWritten(IReadOnlyList<string> lines) => Output is null || Matches(Output, lines);

    private static bool Matches(IEnumerable<string> written, IEnumerable<string> lines)
    {
        var (first, rest) = (written.FirstOrDefault(), written.Skip(1));
        if (first is null)
            return !lines.Any();
        if (first == "...")
            return Enumerable.Range(0, lines.Count() + 1).Any(skipped => Matches(rest, lines.Skip(skipped)));
        return lines.FirstOrDefault() == first && Matches(rest, lines.Skip(1));
    }
}
