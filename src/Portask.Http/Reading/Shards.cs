using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;

namespace Portask.Http.Reading;

/// <summary>One shard region on this node.</summary>
/// <param name="Shards">Entities that run, by shard; null when the region did not answer in time.</param>
/// <param name="Waiting">Messages in the region actor's mailbox.</param>
public sealed record RegionSeen(string Name, IReadOnlyDictionary<string, int>? Shards, int Waiting)
{
    /// <summary>Entities that run here.</summary>
    public int Entities => Shards?.Values.Sum() ?? 0;
}

/// <summary>Asks the shard regions what they host here.</summary>
internal static class ShardsReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Task<RegionSeen[]> ReadAsync(ShardRegions regions, CancellationToken cancellation) => Task.WhenAll(
        ReadAsync("topics", regions.Topics, cancellation),
        ReadAsync("partitions", regions.Partitions, cancellation),
        ReadAsync("groups", regions.Groups, cancellation),
        ReadAsync("transactions", regions.Transactions, cancellation));

    private static async Task<RegionSeen> ReadAsync(string name, IActorRef region, CancellationToken cancellation)
    {
        var waiting = (region as ActorRefWithCell)?.Underlying.NumberOfMessages ?? 0;
        try
        {
            var stats = await region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, Patience, cancellation).ConfigureAwait(false);
            return new(name, stats.Stats, waiting);
        }
        catch (AskTimeoutException)
        {
            return new(name, null, waiting);
        }
    }
}
