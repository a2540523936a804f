namespace Portask.Clients.Tests.Harness;

/// <summary>
/// A test that needs an installed client. Where it is missing the test is skipped and says so; in CI (environment CI is set)
/// it runs and fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientFactAttribute : FactAttribute
{
    public ClientFactAttribute(string program)
    {
        if (!InCi && !ClientTool.IsInstalled(program))
            Skip = $"{program} is not installed";
    }

    internal static bool InCi => Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ci && ci != "0";
}

/// <summary>The same for a test with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    public ClientTheoryAttribute(string program)
    {
        if (!ClientFactAttribute.InCi && !ClientTool.IsInstalled(program))
            Skip = $"{program} is not installed";
    }
}
