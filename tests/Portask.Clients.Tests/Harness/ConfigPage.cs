namespace Portask.Clients.Tests.Harness;

/// <summary>The tables of docs/configs.md.</summary>
internal static class ConfigPage
{
    private const string Absent = "absent";

    /// <summary>The rows of the table under a heading.</summary>
    public static IReadOnlyList<Row> Read(string heading) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "configs.md"))
            .SkipWhile(line => line != "## " + heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new Row(cells[1].Trim('`'), cells[2].Trim('`'), cells[3])),
    ];

    public sealed record Row(string Name, string Default, string Status)
    {
        public bool IsServed => Status != Absent;
    }
}
