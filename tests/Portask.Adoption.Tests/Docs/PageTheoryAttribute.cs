using Portask.Clients.Tests.Harness;

namespace Portask.Adoption.Tests.Docs;

/// <summary>
/// A test that types pages. Their ports and host names are fixed, so it takes a network and an /etc/hosts of its own, which is root's to
/// make, and the programs that are typed. Where one is missing it is skipped, except in CI.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PageTheoryAttribute : TheoryAttribute
{
    /// <summary>What the shell that pages are typed in is started by.</summary>
    internal static readonly string[] Isolation = ["unshare", "--net", "--mount", "bash", "-c"];

    private static readonly string[] Programs = ["unshare", "kcat", "curl", "promtool", "/usr/bin/python3"];

    public PageTheoryAttribute()
    {
        if (ClientFactAttribute.InCi)
            return;
        if (Array.Find(Programs, program => !ClientTool.IsInstalled(program)) is { } missing)
            Skip = $"{missing} is not installed";
        else if (!IsIsolated())
            Skip = "no network of its own: it takes root";
    }

    private static bool IsIsolated()
    {
        using var unshare = System.Diagnostics.Process.Start(Isolation[0], [.. Isolation[1..], "ip link set lo up"]);
        unshare.WaitForExit();
        return unshare.ExitCode == 0;
    }
}
