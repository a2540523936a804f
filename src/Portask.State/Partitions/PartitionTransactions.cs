using System.Collections.Immutable;

namespace Portask.State.Partitions;

/// <summary>A transaction that is not decided yet in this partition.</summary>
public readonly record struct OpenTransaction(long ProducerId, long FirstOffset);

/// <summary>A transaction whose records are not to be seen under read_committed.</summary>
/// <param name="LastOffset">Offset of its ABORT marker.</param>
/// <param name="LastStableOffset">The last stable offset once it was aborted: nothing aborted later began before it.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>The transactions of a partition: those that are open hold the last stable offset back, those that were aborted are kept for readers.</summary>
public sealed class PartitionTransactions
{
    private readonly Dictionary<long, long> _open = [];

    public PartitionTransactions(IEnumerable<OpenTransaction> open, IEnumerable<AbortedTransaction> aborted)
    {
        foreach (var (producerId, firstOffset) in open)
            _open[producerId] = firstOffset;
        Aborted = AbortedTransactions.Of(aborted);
    }

    /// <summary>The aborted ones. Never changed in place, so readers of other threads may keep it.</summary>
    public AbortedTransactions Aborted { get; private set; }

    /// <summary>The open ones.</summary>
    public IEnumerable<OpenTransaction> Open => _open.Select(entry => new OpenTransaction(entry.Key, entry.Value));

    /// <summary>Whether a producer has a transaction open here.</summary>
    public bool IsOpen(long producerId) => _open.ContainsKey(producerId);

    /// <summary>Offset of the first record of a producer's open transaction, -1 when it has none.</summary>
    public long FirstOffsetOf(long producerId) => _open.GetValueOrDefault(producerId, -1);

    /// <summary>Offset before which every transaction is decided.</summary>
    /// <param name="nextOffset">Offset after the last record.</param>
    public long LastStableOffset(long nextOffset) => _open.Count == 0 ? nextOffset : Math.Min(nextOffset, _open.Values.Min());

    /// <summary>A producer appended a transactional batch; the first one opens its transaction.</summary>
    public void Append(long producerId, long baseOffset) => _open.TryAdd(producerId, baseOffset);

    /// <summary>A marker ended a producer's transaction, if it had one here.</summary>
    /// <param name="markerOffset">Offset of the marker.</param>
    public void End(long producerId, bool commits, long markerOffset)
    {
        if (!_open.Remove(producerId, out var firstOffset) || commits)
            return;
        Aborted = Aborted.With(new AbortedTransaction(producerId, firstOffset, markerOffset, LastStableOffset(markerOffset + 1)));
    }

    /// <summary>Forgets aborted transactions that ended before an offset: their records are gone.</summary>
    public void TrimBefore(long offset) => Aborted = Aborted.From(offset);
}

/// <summary>The aborted transactions of a partition in the order of their markers.</summary>
public sealed class AbortedTransactions
{
    public static readonly AbortedTransactions None = new([]);

    private AbortedTransactions(ImmutableList<AbortedTransaction> all) => All = all;

    /// <summary>All of them.</summary>
    public ImmutableList<AbortedTransaction> All { get; }

    /// <summary>Those given, in the order of their markers.</summary>
    public static AbortedTransactions Of(IEnumerable<AbortedTransaction> all) => new([.. all]);

    /// <summary>With one that ends behind all others.</summary>
    public AbortedTransactions With(AbortedTransaction aborted) => new(All.Add(aborted));

    /// <summary>Without those that end before an offset.</summary>
    public AbortedTransactions From(long offset) => FirstEndingAt(offset) is var gone and > 0 ? new(All.RemoveRange(0, gone)) : this;

    /// <summary>Those that a reader of a range has to know, by first offset, which is the order clients rely on.</summary>
    /// <param name="from">First offset of the range.</param>
    /// <param name="end">Offset after the last one of the range.</param>
    public IReadOnlyList<AbortedTransaction> Within(long from, long end)
    {
        var found = new List<AbortedTransaction>();
        for (var i = FirstEndingAt(from); i < All.Count; i++)
        {
            if (All[i].FirstOffset < end)
                found.Add(All[i]);
            if (All[i].LastStableOffset >= end)
                break;
        }
        found.Sort((one, other) => one.FirstOffset.CompareTo(other.FirstOffset));
        return found;
    }

    private int FirstEndingAt(long offset)
    {
        var (low, high) = (0, All.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (All[middle].LastOffset < offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
