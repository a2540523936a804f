using System.Text.RegularExpressions;
using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Docs;

/// <summary>Pages are tried as a reader would: what is typed works as written, what is named exists.</summary>
public sealed partial class PageTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    private static readonly string[] Languages = ["sh", "text", "json", "yaml", "hocon", "csharp", "sql"];
    private static readonly string[] Pages =
    [
        .. Directory.GetFiles(Docs, "*.md").Append(Path.Combine(Repository.Root, "README.md"))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src"), "README.md", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file)),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("portask-docs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Typed { get; } = [.. PageSetting.All.Select(setting => string.Join(' ', setting.Pages))];

    [PageTheory]
    [MemberData(nameof(Typed))]
    public async Task Pages_work_as_written_in_an_empty_folder(string pages)
    {
        var setting = PageSetting.All.Single(one => pages == string.Join(' ', one.Pages));
        var blocks = setting.Pages.SelectMany(page => PageBlock.Read(Text(page))).ToList();
        await using var shell = RunningProcess.Start(PageTheoryAttribute.Isolation[0], [.. PageTheoryAttribute.Isolation[1..], Script(blocks, setting)]);
        await shell.Exited.WaitAsync(Patience);
        for (var i = 0; i < blocks.Count; i++)
        {
            if (!blocks[i].IsTyped || i + 1 == blocks.Count || blocks[i + 1].Kind != "text")
                continue;
            var output = Path.Combine(_folder, $".{i}.out");
            Assert.True(File.Exists(output), $"before {string.Join('\n', blocks[i].Lines)}\n{shell.All()}");
            var given = await File.ReadAllTextAsync(output);
            Assert.True(blocks[i + 1].Matches(given), $"{string.Join('\n', blocks[i].Lines)}\ngives\n{given}\n{shell.All()}");
        }
        Assert.True(shell.ExitCode == 0, shell.All());
    }

    [Fact]
    public void All_that_is_typed_on_any_page_is_marked_as_such()
    {
        Assert.All(Pages, page => Assert.Empty(PageBlock.Unseen(Text(page))));
        Assert.All(Pages, page => Assert.All(PageBlock.Read(Text(page)), block => Assert.Contains(block.Kind.Split(' ')[0], Languages)));
        Assert.All(Pages, page => Assert.All(PageBlock.Read(Text(page)), block => Assert.True(
            block.Kind.Split(' ') is [_] or ["sh", "background" or "elsewhere"] or ["text", "example"] || block.File is not null, $"{page}: {block.Kind}")));
        Assert.Equal(Pages.Where(page => PageBlock.Read(Text(page)).Any(block => block.IsTyped)).Order(), PageSetting.All.SelectMany(setting => setting.Pages).Order());
    }

    [Fact]
    public void Every_link_of_every_page_leads_somewhere()
    {
        foreach (var page in Pages)
            foreach (Match link in Link().Matches(Text(page)))
            {
                var target = Path.GetFullPath(link.Groups[1].Value, Path.GetDirectoryName(Path.Combine(Repository.Root, page))!);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} links to {target}");
                if (link.Groups[2].Value is { Length: > 1 } heading && target.EndsWith(".md", StringComparison.Ordinal))
                    Assert.Contains(heading[1..], File.ReadLines(target).Where(line => line.StartsWith('#')).Select(Anchor));
            }
    }

    [Fact]
    public void Every_test_that_the_compatibility_page_names_exists()
    {
        var tests = Directory.GetFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var rows = File.ReadLines(Path.Combine(Docs, "compatibility.md"))
            .SkipWhile(line => line != "## Clients").TakeWhile(line => line != "## APIs").Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();

        Assert.True(rows.Count > 5);
        Assert.All(rows, row => Assert.True(Named().Matches(row) is { Count: > 0 } named && named.All(name => tests.Contains(name.Groups[1].Value)), row));
    }

    [Fact]
    public void The_versions_on_the_compatibility_page_are_those_that_are_tested()
    {
        var page = File.ReadAllText(Path.Combine(Docs, "compatibility.md"));
        var packages = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"));
        var node = File.ReadAllText(Path.Combine(Repository.TestFolder("node"), "package.json"));

        Assert.Contains($"| Confluent.Kafka (librdkafka) | {Regex.Match(packages, "Confluent.Kafka\" Version=\"([^\"]+)").Groups[1].Value} |", page, StringComparison.Ordinal);
        foreach (var name in new[] { "kafkajs", "@platformatic/kafka" })
            Assert.Contains($"| {name} | {Regex.Match(node, $"\"{name}\": \"([^\"]+)").Groups[1].Value} |", page, StringComparison.Ordinal);
    }

    private string Script(IReadOnlyList<PageBlock> blocks, PageSetting setting) => string.Join('\n',
    [
        $"ip link set lo up && printf '127.0.0.1 localhost portask\n127.0.0.2 kafka\n' > '{_folder}/.hosts' && mount --bind '{_folder}/.hosts' /etc/hosts || exit 1",
        $"cd '{_folder}'; export PATH=\"{Path.GetDirectoryName(Repository.BrokerAssembly)}:$PATH\"; trap 'kill $(jobs -p); wait' EXIT; set -eo pipefail",
        .. setting.Brokers.Select((arguments, i) => Background($"portask {arguments}", $".given{i}.out")),
        setting.Typed,
        .. blocks.Select((block, i) => block switch
        {
            { File: { } file } => $"cat > {file} <<'END OF FILE'\n{string.Join('\n', block.Lines)}\nEND OF FILE",
            { Kind: "sh background" } => Background(string.Join('\n', block.Lines), $".{i}.out"),
            { Kind: "sh" } => $"{{ {string.Join('\n', block.Lines)}\n}} > .{i}.out",
            _ => "",
        }),
    ]);

    // It is through its start when it has said something.
    private static string Background(string command, string output) => $"{{ exec {command}\n}} > {output} & until [ -s {output} ] || ! kill -0 $!; do sleep 0.05; done";

    private static string Text(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static string Anchor(string heading) => new([.. heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-').Select(c => c == ' ' ? '-' : c)]);

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]+)?(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Named();
}
