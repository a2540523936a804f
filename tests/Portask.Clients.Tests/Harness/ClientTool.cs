namespace Portask.Clients.Tests.Harness;

/// <summary>What an external client program said.</summary>
internal sealed record ToolResult(int ExitCode, IReadOnlyList<string> Output, string All);

/// <summary>Runs external client programs.</summary>
internal static class ClientTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Whether a program is on the path.</summary>
    public static bool IsInstalled(string program) =>
        Path.IsPathRooted(program)
            ? File.Exists(program)
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program to its end; a failure or a timeout fails the test with all that it printed.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(string program, IEnumerable<string> arguments, string? input = null, TimeSpan? patience = null)
    {
        var result = await TryRunAsync(program, arguments, input, patience);
        Assert.True(result.ExitCode == 0, $"{program} ended with {result.ExitCode}\n{result.All}");
        return result.Output;
    }

    /// <summary>Runs a program to its end, whatever that is.</summary>
    public static async Task<ToolResult> TryRunAsync(string program, IEnumerable<string> arguments, string? input = null, TimeSpan? patience = null)
    {
        await using var process = RunningProcess.Start(program, arguments, input);
        try
        {
            await process.Exited.WaitAsync(patience ?? Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{program} did not end within {patience ?? Patience}\n{process.All()}");
        }
        return new(process.ExitCode, process.Output, process.All());
    }
}
