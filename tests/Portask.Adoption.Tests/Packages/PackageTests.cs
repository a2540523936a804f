using System.IO.Compression;
using Portask.Adoption.Tests.Docs;
using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Packages;

/// <summary>The packages and single files are tried as their users would: installed, started, referenced.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("portask-package-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PackageFact]
    public async Task The_single_file_serves_kcat_and_has_its_native_libraries_in_it()
    {
        var program = Path.Combine(Package.Folder, "linux-x64", "portask");
        Assert.Equal(["portask"], Directory.GetFileSystemEntries(Path.GetDirectoryName(program)!).Select(Path.GetFileName));
        // No .NET to fall back on, and a user without a home of the machine's.
        var bare = new Dictionary<string, string> { ["DOTNET_ROOT"] = "/nowhere", ["PATH"] = "/usr/bin:/bin", ["HOME"] = _folder, ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = _folder };
        await using var broker = RunningProcess.Start(program, ["--port", "0", "--http-port", "0", "--data", Path.Combine(_folder, "data")], environment: bare);
        var ready = await broker.WaitForLineAsync(line => line.StartsWith("portask ready ", StringComparison.Ordinal), StartPatience);
        var bootstrap = ready.Split(' ').Single(word => word.StartsWith("kafka=", StringComparison.Ordinal))["kafka=".Length..];

        await ClientTool.RunAsync("kcat", ["-b", bootstrap, "-P", "-t", "greetings", "-k", "world", "-z", "zstd"], "hello\n");
        Assert.Equal(["0 world hello"], await ClientTool.RunAsync("kcat", ["-b", bootstrap, "-C", "-t", "greetings", "-e", "-q", "-f", "%o %k %s\n"]));

        // librdkafka of its own, beside the SQLite that the broker has started on.
        await ClientTool.RunAsync(program, ["replay", "records", "greetings/0", "--data", Path.Combine(_folder, "data"), "--to-topic", "again", "--bootstrap", bootstrap]);
        Assert.Equal(["0 world hello"], await ClientTool.RunAsync("kcat", ["-b", bootstrap, "-C", "-t", "again", "-e", "-q", "-f", "%o %k %s\n"]));

        broker.Terminate();
        await broker.Exited.WaitAsync(StartPatience);
        Assert.True(broker.ExitCode == 0, broker.All());
    }

    [PackageFact]
    public void The_single_files_are_for_the_machines_that_they_are_named_after()
    {
        // Machine fields of ELF, of PE behind the offset at 0x3c, and of Mach-O.
        Assert.Equal(("7F454C46", 0x3e), (Magic("linux-x64/portask"), Word("linux-x64/portask", 18)));
        Assert.Equal(("7F454C46", 0xb7), (Magic("linux-arm64/portask"), Word("linux-arm64/portask", 18)));
        Assert.Equal(("CFFAEDFE", 0x0c), (Magic("osx-arm64/portask"), Word("osx-arm64/portask", 4)));
        Assert.Equal(0x8664, Word("win-x64/portask.exe", Word("win-x64/portask.exe", 0x3c) + 4));
    }

    [PackageFact]
    public async Task The_tool_is_installed_from_a_feed_and_runs()
    {
        var configuration = await WriteAsync("nuget.config", $"""
            <configuration><packageSources><clear /><add key="local" value="{Package.Feed}" /></packageSources></configuration>
            """);
        var tools = Path.Combine(_folder, "tools");

        await ClientTool.RunAsync("dotnet", ["tool", "install", "portask", "--tool-path", tools, "--configfile", configuration, "--no-cache"], patience: TimeSpan.FromMinutes(2));

        var help = await ClientTool.RunAsync(Path.Combine(tools, "portask"), ["--help"]);
        Assert.Contains(help, line => line.Contains("doctor", StringComparison.Ordinal));
        await using var broker = RunningProcess.Start(Path.Combine(tools, "portask"), ["--port", "0", "--http-port", "off", "--data", Path.Combine(_folder, "data")]);
        await broker.WaitForLineAsync(line => line.StartsWith("portask ready ", StringComparison.Ordinal), StartPatience);
    }

    [PackageFact]
    public async Task The_libraries_bring_what_they_need()
    {
        // Their own packages go to a folder of this test: the next build has the same version and other contents.
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await WriteAsync("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "cache")}" /></config>
              <packageSources><add key="local" value="{Package.Feed}" /></packageSources>
              <fallbackPackageFolders><clear />{(Directory.Exists(cache) ? $"<add key=\"cache\" value=\"{cache}\" />" : "")}</fallbackPackageFolders>
            </configuration>
            """);
        var program = await WriteAsync("node.cs", """
            #:package Portask.Http@0.1.0
            #:package Portask.Bridge@0.1.0
            #:package Portask.Replay@0.1.0
            using Portask.Hosting;
            using Portask.Hosting.Settings;

            string[][] settings = [["portask.listener.port", "0"], ["portask.data-directory", "data"]];
            await using var node = await PortaskNode.StartAsync([.. settings.Select(one => SettingsSource.Of("program", one[0], one[1]))], CancellationToken.None);
            Console.WriteLine(node.ReadyLine(null));
            """);

        var output = await ClientTool.RunAsync("bash", ["-c", $"cd '{_folder}' && dotnet run '{program}'"], patience: TimeSpan.FromMinutes(3));

        Assert.Contains(output, line => line.StartsWith("portask ready kafka=127.0.0.1:", StringComparison.Ordinal));

        // The page's program is built as such programs are by default, with reflection off; it comes as far as the side that is not there.
        var page = PageBlock.Read(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "bridge.md"))).Single(block => block.File == "copy.cs");
        var copy = await WriteAsync("copy.cs", string.Join('\n', page.Lines).Replace("localhost:8080", "localhost:1", StringComparison.Ordinal));
        await WriteAsync("bridge.json", "{}");
        var run = await ClientTool.TryRunAsync("bash", ["-c", $"cd '{_folder}' && dotnet run '{copy}'"], patience: TimeSpan.FromMinutes(3));

        Assert.Contains("Portask.Bridge.BridgeException: localhost:1: neither a Kafka listener", run.All, StringComparison.Ordinal);
    }

    [PackageFact]
    public async Task Every_package_says_what_it_is_and_how_it_may_be_used()
    {
        var packages = Directory.GetFiles(Package.Feed, "*.nupkg");
        string[] libraries = ["Bridge", "Broker", "Hosting", "Http", "Journal", "Protocol", "Replay", "State"];
        Assert.All(libraries, name => Assert.Contains(packages, file => Path.GetFileName(file) == $"Portask.{name}.0.1.0.nupkg"));
        foreach (var file in packages)
        {
            await using var package = await ZipFile.OpenReadAsync(file);
            using var reader = new StreamReader(package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
            var nuspec = await reader.ReadToEndAsync();
            Assert.All(["<license type=\"expression\">Apache-2.0<", "<readme>", "<description>", "<authors>"], word => Assert.Contains(word, nuspec, StringComparison.Ordinal));
            Assert.True(File.Exists(Path.ChangeExtension(file, ".snupkg")), $"{file} has no symbols beside it");
            // Editors show what the comments of the source say.
            if (!nuspec.Contains("DotnetTool", StringComparison.Ordinal))
                Assert.Contains(package.Entries, entry => entry.FullName.StartsWith("lib/net10.0/", StringComparison.Ordinal) && entry.Name.EndsWith(".xml", StringComparison.Ordinal));
        }
    }

    private static string Magic(string file) => Convert.ToHexString(Begin(file).AsSpan(0, 4));

    private static int Word(string file, int at) => BitConverter.ToUInt16(Begin(file), at);

    private static byte[] Begin(string file)
    {
        using var stream = File.OpenRead(Path.Combine(Package.Folder, file));
        var begin = new byte[4096];
        stream.ReadExactly(begin);
        return begin;
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(file, text);
        return file;
    }
}
