namespace Portask.Clients.Tests.Harness;

/// <summary>Runs a program of the node folder with the packages of its lock file.</summary>
internal static class NodeProgram
{
    public const string Node = "node";

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
        if (!Directory.Exists(Packages))
            await ClientTool.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", Repository.TestFolder("node")], patience: TimeSpan.FromMinutes(3));
    }
}
