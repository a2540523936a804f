using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Packages;

/// <summary>What <c>.ci/package</c> made, in the folder that the environment variable PORTASK_PACKAGES names.</summary>
internal static class Package
{
    public const string Variable = "PORTASK_PACKAGES";

    public static string Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? folder
        : throw new InvalidOperationException($"{Variable} does not name the folder that .ci/package wrote");

    public static string Feed => Path.Combine(Folder, "packages");
}

/// <summary>A test of what <c>.ci/package</c> made: skipped where it was not run, except in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PackageFactAttribute : FactAttribute
{
    public PackageFactAttribute()
    {
        if (!ClientFactAttribute.InCi && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Package.Variable)))
            Skip = $".ci/package was not run; {Package.Variable} names its folder";
    }
}
