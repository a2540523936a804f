using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Portask.Testing.Tests;

/// <summary>What the pages show is what the samples run.</summary>
public partial class DocumentationTests
{
    [Theory]
    [InlineData("docs/embedded-testing.md")]
    [InlineData("src/Portask.Testing/README.md")]
    [InlineData("src/Portask.Testing.Xunit/README.md")]
    public void Every_snippet_is_found_in_the_samples(string page)
    {
        var samples = Directory.EnumerateFiles(Path.Combine(Root(), "tests/Portask.Testing.Tests/Samples"), "*.cs")
            .Select(file => Squeezed(File.ReadAllText(file)))
            .ToList();
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(Root(), page))).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(samples.Exists(sample => sample.Contains(Squeezed(block), StringComparison.Ordinal)), block));
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private static string Squeezed(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
