using System.Collections.Concurrent;

namespace Portask.Broker.Partitions;

/// <summary>
/// The memory that all partitions of a node together give to recent batches. What was appended first goes first, whichever
/// partition it is of, so a thousand idle partitions cost nothing.
/// </summary>
/// <param name="maxBytes">Bytes of batches kept; 0 keeps none.</param>
public sealed class TailBudget(long maxBytes)
{
    private readonly ConcurrentQueue<TailCache> _order = new();
    private long _bytes;

    /// <summary>Notes that a cache has one more batch, and has the oldest ones dropped that are too many.</summary>
    public void Charge(TailCache cache, int bytes)
    {
        _order.Enqueue(cache);
        Interlocked.Add(ref _bytes, bytes);
        while (Volatile.Read(ref _bytes) > maxBytes && _order.TryDequeue(out var oldest))
            Release(oldest.DropOldest());
    }

    /// <summary>Notes that bytes are kept no longer.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
