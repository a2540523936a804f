using System.Text.Json;
using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>One finding as <c>--format json</c> prints it.</summary>
internal sealed record Found(string Severity, string Check, string What, string? Why, string? Do)
{
    public override string ToString() => $"{Severity} {Check}: {What}";
}

/// <summary>What <c>portask doctor</c> said.</summary>
internal sealed record DoctorRun(int ExitCode, IReadOnlyList<Found> Findings)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static async Task<DoctorRun> RunAsync(params string[] arguments)
    {
        var result = await ClientTool.TryRunAsync("dotnet", [Repository.BrokerAssembly, "doctor", .. arguments, "--format", "json"]);
        Assert.True(result.Output.Count == 1, result.All);
        using var json = JsonDocument.Parse(result.Output[0]);
        return new(result.ExitCode, json.RootElement.GetProperty("findings").Deserialize<List<Found>>(Web)!);
    }

    /// <summary>The one finding of a severity that has these words; every finding that is not well says why and what to do.</summary>
    public Found Single(string severity, string check, params string[] words)
    {
        var fitting = Findings.Where(found => found.Severity == severity && found.Check == check && words.All(word => found.What.Contains(word, StringComparison.Ordinal))).ToList();
        Assert.True(fitting.Count == 1, $"{fitting.Count} findings {severity} {check} with {string.Join(" + ", words)} among\n{string.Join('\n', Findings)}");
        if (severity is "warning" or "problem")
            Assert.True(fitting[0] is { Why.Length: > 0, Do.Length: > 0 }, fitting[0].ToString());
        return fitting[0];
    }

    /// <summary>Fails unless the run ended well.</summary>
    public DoctorRun Well()
    {
        Assert.True(ExitCode == 0 && Findings.All(found => found.Severity is "ok" or "note"), string.Join('\n', Findings));
        return this;
    }

    /// <summary>Fails unless there was a problem, so that a script stops.</summary>
    public DoctorRun Ill()
    {
        Assert.True(ExitCode == 1, string.Join('\n', Findings));
        return this;
    }
}
