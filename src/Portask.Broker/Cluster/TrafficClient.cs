using Akka.Actor;

namespace Portask.Broker.Cluster;

/// <summary>Asks other nodes for their traffic.</summary>
public sealed class TrafficClient(ActorSystem system, LeaderView leaders)
{
    /// <summary>What a broker tells; null when it does not answer, or is of a release that does not know the question.</summary>
    public async Task<TrafficTold?> AskAsync(int brokerId, TrafficWanted wanted, CancellationToken cancellation)
    {
        if (leaders.TellerOf(brokerId) is not { } node)
            return null;
        try
        {
            return await system.ActorSelection(TrafficTeller.PathAt(node)).Ask<TrafficTold>(wanted, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
