namespace Portask.Cluster.Tests.Harness;

/// <summary>
/// A long test of nodes and databases that die, stand still or lose their links. It runs where PORTASK_CLUSTER_FAULTS is set, on a machine that does
/// nothing else: most of it is waiting for time-outs, and what is slow for other reasons looks like one.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FaultFactAttribute : FactAttribute
{
    public FaultFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("PORTASK_CLUSTER_FAULTS") is not { Length: > 0 })
            Skip = "PORTASK_CLUSTER_FAULTS is not set";
    }
}
