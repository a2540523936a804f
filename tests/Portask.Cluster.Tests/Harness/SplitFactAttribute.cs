namespace Portask.Cluster.Tests.Harness;

/// <summary>A test that cuts links. It is skipped where network namespaces cannot be made, and fails there in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SplitFactAttribute : FactAttribute
{
    public SplitFactAttribute()
    {
        if (!ClientFactAttribute.InCi && !SplitNetwork.IsPossible)
            Skip = "network namespaces cannot be made: that takes root and iproute2";
    }
}
