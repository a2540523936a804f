namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A test that needs PostgreSQL and network namespaces. Where either is missing the test is skipped and says so; in CI it runs and fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute()
    {
        if (ClientFactAttribute.InCi)
            return;
        if (!ClientTool.IsInstalled("psql"))
            Skip = "psql is not installed";
        else if (!SplitNetwork.IsPossible)
            Skip = "no network namespaces: that takes root and iproute2";
    }
}
