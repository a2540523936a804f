namespace Portask.Clients.Tests.Harness;

/// <summary>Builds a program of the go folder against the libraries that the system's packages installed.</summary>
internal static class GoProgram
{
    public const string Go = "go";

    private static readonly Dictionary<string, Task<string>> Built = [];
    private static readonly Lock Gate = new();

    /// <summary>The path of the built program; built once in a test run.</summary>
    public static Task<string> BuildAsync(string name)
    {
        lock (Gate)
            return Built.TryGetValue(name, out var built) ? built : Built[name] = BuildNowAsync(name);
    }

    private static async Task<string> BuildNowAsync(string name)
    {
        var program = Path.Combine(Directory.CreateTempSubdirectory("portask-go-").FullName, name);
        // No module proxy in CI: the packages of the distribution are found by the old GOPATH way.
        var build = $"cd '{Path.Combine(Repository.TestFolder("go"), name)}' && GO111MODULE=off GOPATH=/usr/share/gocode GOTOOLCHAIN=local CGO_ENABLED=0 go build -o '{program}' .";
        await ClientTool.RunAsync("bash", ["-c", build], patience: TimeSpan.FromMinutes(5));
        return program;
    }
}
