using Akka.Actor;
using Portask.Broker.Cluster;

namespace Portask.Broker.Topics;

/// <summary>Gives out producer ids of blocks that the registry allotted to this node. What is left of a block at a restart is lost, never given twice.</summary>
public sealed class ProducerIdAllocator(ShardRegions regions, int nodeId)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _gate = new(1);
    private long _next;
    private long _end;

    /// <summary>A producer id that nobody had before; null when the registry does not answer.</summary>
    public async ValueTask<long?> NextAsync(CancellationToken cancellation)
    {
        try
        {
            await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        try
        {
            if (_next == _end)
            {
                // Asked again it allots another block, of which there are enough.
                var (block, _) = await regions.Topics
                    .AskRepeatedlyAsync<ProducerIds>(TopicRegion.To(new AllotProducerIds(nodeId)), Patience, cancellation)
                    .ConfigureAwait(false);
                (_next, _end) = (block.First, block.First + block.Count);
            }
            return _next++;
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }
}
