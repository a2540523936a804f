using System.Net;
using System.Net.Sockets;

namespace Portask.Cluster.Tests.Harness;

/// <summary>Where a node runs: what it listens on for clients and for other nodes, and in which network namespace (null: the test's).</summary>
internal sealed record NodePlace(IPEndPoint Kafka, IPEndPoint Cluster, string? Namespace = null)
{
    /// <summary>Places on loopback, on ports that are free now.</summary>
    public static IReadOnlyList<NodePlace> OnLoopback(int nodes)
    {
        var listeners = Enumerable.Range(0, 2 * nodes).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            var free = listeners.ConvertAll(listener => (IPEndPoint)listener.LocalEndpoint);
            return [.. Enumerable.Range(0, nodes).Select(i => new NodePlace(free[nodes + i], free[i]))];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
