using System.Net;

namespace Portask.Cluster.Tests.Harness;

/// <summary>Where a node runs: what it listens on for clients and for other nodes, and in which network namespace (null: the test's).</summary>
internal sealed record NodePlace(IPEndPoint Kafka, IPEndPoint Cluster, string? Namespace = null) : IDisposable
{
    private IReadOnlyList<ReservedPort> Ports { get; init; } = [];

    /// <summary>Places on loopback, whose ports stay those of their nodes while these are down.</summary>
    public static IReadOnlyList<NodePlace> OnLoopback(int nodes) =>
        [.. Enumerable.Range(0, nodes).Select(_ => Of(new ReservedPort(), new ReservedPort()))];

    public void Dispose()
    {
        foreach (var port in Ports)
            port.Dispose();
    }

    private static NodePlace Of(ReservedPort kafka, ReservedPort cluster) => new(kafka.EndPoint, cluster.EndPoint) { Ports = [kafka, cluster] };
}
