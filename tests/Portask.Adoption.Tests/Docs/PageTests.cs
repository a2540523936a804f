using System.Text.RegularExpressions;
using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Docs;

/// <summary>Pages are tried as a reader would: what is typed works as written, what is named exists.</summary>
public sealed partial class PageTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    private readonly string _folder = Directory.CreateTempSubdirectory("portask-docs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ClientFact("kcat")]
    public async Task Getting_started_works_as_written_in_an_empty_folder()
    {
        var blocks = ShellBlock.Read(await File.ReadAllTextAsync(Path.Combine(Docs, "getting-started.md")));
        Assert.True(blocks.Count >= 6 && blocks[0].IsBackground);
        // The ports are those of the page, so it has a network of its own where the machine allows that.
        var isolated = (await ClientTool.TryRunAsync("unshare", ["--net", "ip", "link", "set", "lo", "up"])).ExitCode == 0;
        var shell = RunningProcess.Start(isolated ? "unshare" : "bash", isolated ? ["--net", "bash", "-c", Script(blocks)] : ["-c", Script(blocks)]);
        await using (shell)
        {
            await shell.Exited.WaitAsync(Patience);
            for (var i = 0; i < blocks.Count; i++)
            {
                var output = await File.ReadAllLinesAsync(Path.Combine(_folder, $".{i}.out"));
                Assert.True(blocks[i].IsAsWritten(output), $"{blocks[i].Script}\ngives\n{string.Join('\n', output)}\n{shell.All()}");
            }
            Assert.True(shell.ExitCode == 0, shell.All());
        }
    }

    [Fact]
    public void Every_link_of_every_page_leads_somewhere()
    {
        foreach (var page in Directory.GetFiles(Docs, "*.md").Append(Path.Combine(Repository.Root, "README.md")))
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                var target = Path.GetFullPath(link.Groups[1].Value, Path.GetDirectoryName(page)!);
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

    private string Script(IReadOnlyList<ShellBlock> blocks) => string.Join('\n',
    [
        "ip link set lo up 2>/dev/null",
        $"cd '{_folder}'; export PATH=\"{Path.GetDirectoryName(Repository.BrokerAssembly)}:$PATH\"; trap 'kill $(jobs -p); wait' EXIT; set -eo pipefail",
        .. blocks.Select((block, i) => block.IsBackground
            ? $"{{ exec {block.Script}\n}} > .{i}.out & until [ -s .{i}.out ] || ! kill -0 $!; do sleep 0.05; done"
            : $"{{ {block.Script}\n}} > .{i}.out; [ -z \"$(tail -c 1 .{i}.out)\" ] || echo >> .{i}.out"),
    ]);

    private static string Anchor(string heading) => new([.. heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-').Select(c => c == ' ' ? '-' : c)]);

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]+)?(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Named();
}
