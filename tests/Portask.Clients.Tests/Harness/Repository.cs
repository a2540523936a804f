namespace Portask.Clients.Tests.Harness;

/// <summary>Where things are in the checkout that the tests run from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static readonly string Root = FindRoot();

    /// <summary>The broker built in the configuration that the tests were built in.</summary>
    public static string BrokerAssembly => Path.Combine(Root, "src", "Portask.Server", "bin", Configuration, "net10.0", "portask.dll");

    /// <summary>A folder of this test project.</summary>
    public static string TestFolder(string name) => Path.Combine(Root, "tests", "Portask.Clients.Tests", name);

    private static string Configuration =>
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Portask.Akka.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no Portask.Akka.sln above {AppContext.BaseDirectory}");
    }
}
