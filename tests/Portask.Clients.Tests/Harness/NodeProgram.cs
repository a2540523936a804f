namespace Portask.Clients.Tests.Harness;

/// <summary>Runs a program of the node folder with the packages of its lock file.</summary>
internal static class NodeProgram
{
    public const string Node = "node";

    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(3);
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>Where its packages are.</summary>
    public static string Packages => Script("node_modules");

    /// <summary>Completes when the packages are installed.</summary>
    public static Task InstalledAsync() => Installed.Value;

    /// <summary>Runs a program to its end.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(string name, params string[] arguments)
    {
        await Installed.Value;
        return await ClientTool.RunAsync(Node, [Script(name), .. arguments]);
    }

    private static string Script(string name) => Path.Combine(Repository.TestFolder("node"), name);

    private static async Task InstallAsync()
    {
        await using var alone = await LockAsync();
        // npm writes this file last.
        if (!File.Exists(Path.Combine(Packages, ".package-lock.json")))
            await ClientTool.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", Repository.TestFolder("node")], patience: InstallPatience);
    }

    /// <summary>Keeps out the test projects that run beside this one and want the same packages.</summary>
    private static async Task<FileStream> LockAsync()
    {
        var deadline = DateTime.UtcNow + InstallPatience;
        while (true)
        {
            try
            {
                return new FileStream(Script(".installing"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(100);
            }
        }
    }
}
