using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Docs;

/// <summary>
/// A part of a page of docs/ that is made from the source, between two comments. A test compares it; with the environment
/// variable PORTASK_WRITE_DOCS set, the test writes it.
/// </summary>
internal sealed class GeneratedPage(string file, string part)
{
    private readonly string _path = Path.Combine(Repository.Root, "docs", file);

    public async Task MatchesAsync(IEnumerable<string> lines)
    {
        var (begin, end) = ($"<!-- made from the source: {part} -->", $"<!-- end of {part} -->");
        var page = await File.ReadAllTextAsync(_path);
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal), page.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{file} lacks the comments around {part}");
        var made = $"{page[..(from + begin.Length)]}\n\n{string.Join('\n', lines)}\n\n{page[to..]}";
        if (Environment.GetEnvironmentVariable("PORTASK_WRITE_DOCS") is { Length: > 0 })
            await File.WriteAllTextAsync(_path, made);
        else
            Assert.True(made == page, $"docs/{file} is not current; write it with PORTASK_WRITE_DOCS=1 dotnet test -c Release --filter {nameof(GeneratedPageTests)}");
    }
}
