using Portask.State.Partitions;

namespace Portask.State.Compaction;

/// <summary>Which batches are of aborted transactions, told by producer and offset without reading the markers.</summary>
internal sealed class AbortedRanges
{
    private readonly Dictionary<long, List<AbortedTransaction>> _byProducer = [];
    private readonly HashSet<long> _markers = [];

    public AbortedRanges(AbortedTransactions aborted)
    {
        // They come in the order of their markers, which for one producer is the order of its transactions.
        foreach (var transaction in aborted.All)
        {
            if (!_byProducer.TryGetValue(transaction.ProducerId, out var ofProducer))
                _byProducer[transaction.ProducerId] = ofProducer = [];
            ofProducer.Add(transaction);
            _markers.Add(transaction.LastOffset);
        }
    }

    /// <summary>Whether the marker at an offset ends a transaction that readers are still told of.</summary>
    public bool HasMarker(long offset) => _markers.Contains(offset);

    /// <summary>Whether a transactional record was aborted.</summary>
    public bool Contains(long producerId, long offset)
    {
        if (!_byProducer.TryGetValue(producerId, out var transactions))
            return false;
        var (low, high) = (0, transactions.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (transactions[middle].LastOffset < offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low < transactions.Count && transactions[low].FirstOffset <= offset;
    }
}
