namespace Portask.Broker.Partitions;

/// <summary>The newest batches of a partition as slices of the frames they came in. Written by the partition, read by fetches.</summary>
public sealed class TailCache(TailBudget budget)
{
    // What a batch takes beside its bytes; without it a flood of tiny batches would go far beyond the budget.
    private const int EntryBytes = 64;

    private readonly Lock _gate = new();
    private CachedBatch[] _ring = new CachedBatch[8];
    private int _head;
    private int _count;

    /// <summary>Adds the batch that follows the last one.</summary>
    public void Append(CachedBatch batch)
    {
        lock (_gate)
        {
            if (_count == _ring.Length)
                Grow();
            _ring[(_head + _count++) & (_ring.Length - 1)] = batch;
        }
        budget.Charge(this, Size(batch));
    }

    /// <summary>Takes batches from the one that holds an offset on.</summary>
    /// <param name="limit">Where to stop.</param>
    /// <returns>False when the offset is older than what is kept, so the journal has to be read.</returns>
    public bool TryRead(long offset, ReadLimit limit, List<ReadOnlyMemory<byte>> into)
    {
        lock (_gate)
        {
            if (_count == 0 || offset < At(0).BaseOffset)
                return false;
            var bytes = 0L;
            for (var i = IndexOf(offset); i < _count; i++)
            {
                var batch = At(i);
                if (!limit.Takes(batch.BaseOffset, batch.Bytes.Length, bytes))
                    break;
                into.Add(batch.Bytes);
                bytes += batch.Bytes.Length;
            }
            return true;
        }
    }

    /// <summary>Drops the oldest batch.</summary>
    /// <returns>Bytes that it took, 0 when there was none.</returns>
    public long DropOldest()
    {
        lock (_gate)
        {
            if (_count == 0)
                return 0;
            var oldest = _ring[_head];
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            _count--;
            return Size(oldest);
        }
    }

    /// <summary>Drops the batches that lie wholly before an offset: the journal may have others in their place.</summary>
    public void DropBefore(long offset)
    {
        while (IsBefore(offset))
            budget.Release(DropOldest());
    }

    /// <summary>Drops all, when the partition stops.</summary>
    public void Clear()
    {
        for (var freed = DropOldest(); freed > 0; freed = DropOldest())
            budget.Release(freed);
    }

    private bool IsBefore(long offset)
    {
        lock (_gate)
            return _count > 0 && At(0).NextOffset <= offset;
    }

    private static int Size(CachedBatch batch) => batch.Bytes.Length + EntryBytes;

    private ref CachedBatch At(int index) => ref _ring[(_head + index) & (_ring.Length - 1)];

    /// <summary>Index of the first batch that ends after an offset.</summary>
    private int IndexOf(long offset)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).NextOffset <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Grow()
    {
        var larger = new CachedBatch[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = At(i);
        (_ring, _head) = (larger, 0);
    }
}

/// <summary>A batch in memory.</summary>
public readonly record struct CachedBatch(long BaseOffset, long NextOffset, ReadOnlyMemory<byte> Bytes);
