using Portask.Hosting;
using Portask.Protocol.Messages;

namespace Portask.Http.Reading;

/// <summary>The brokers as clients are told of them.</summary>
internal static class Brokers
{
    public static async Task<DescribeClusterResponse> DescribeAsync(PortaskNode running, CancellationToken cancellation) =>
        await running.Broker.Local
            .AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new DescribeClusterRequest(), cancellation)
            .ConfigureAwait(false);
}
