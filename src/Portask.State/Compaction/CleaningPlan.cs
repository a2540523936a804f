using Portask.State.Partitions;

namespace Portask.State.Compaction;

/// <summary>What there is to do for compaction.</summary>
public enum CleaningNeed
{
    /// <summary>Nothing now.</summary>
    Nothing,

    /// <summary>Only tombstones and markers whose time is over are to go.</summary>
    Expiry,

    /// <summary>There is enough that was not compacted yet, or it is old enough.</summary>
    Compaction,
}

/// <summary>Whether a log is due for compaction, and how far it may go.</summary>
/// <param name="Segments">Sealed segments that may be touched, oldest first.</param>
/// <param name="EndOffset">Offset after the last record in them.</param>
/// <param name="LastSequenceNr">The journal's last sequence number in them; a snapshot has to be at or behind it.</param>
/// <param name="LookAgainMs">When time alone will give something to do, in ms since the Unix epoch; <see cref="long.MaxValue"/> for never.</param>
public sealed record CleaningPlan(CleaningNeed Need, IReadOnlyList<LogSegment> Segments, long EndOffset, long LastSequenceNr, long LookAgainMs)
{
    /// <summary>Looks at a partition.</summary>
    public static CleaningPlan Of(PartitionState state, CleaningRules rules, long nowMs)
    {
        var all = state.Segments.All;
        var count = 0;
        // The active segment is never cleaned, nor is what transactions hold open.
        while (count < all.Count - 1 && all[count + 1].BaseOffset <= state.LastStableOffset && !IsTooYoung(count))
            count++;
        var end = all[count];
        var plan = new CleaningPlan(CleaningNeed.Nothing, [.. all.Take(count)], end.BaseOffset, end.FirstSequenceNr - 1, long.MaxValue);
        var isHeldByAge = count < all.Count - 1 && all[count + 1].BaseOffset <= state.LastStableOffset;
        return (plan with { LookAgainMs = isHeldByAge ? Sum(end.MaxTimestamp, rules.MinLagMs) : long.MaxValue }).WithNeed(state.FirstDirtyOffset, rules, nowMs);

        bool IsTooYoung(int at) => all[at + 1].BaseOffset > state.FirstDirtyOffset && all[at].MaxTimestamp > nowMs - rules.MinLagMs;
    }

    /// <summary>A moment that may lie beyond the end of time.</summary>
    public static long Sum(long atMs, long spanMs) => spanMs > long.MaxValue - Math.Max(0, atMs) ? long.MaxValue : atMs + spanMs;

    private CleaningPlan WithNeed(long firstDirtyOffset, CleaningRules rules, long nowMs)
    {
        var lookAgain = LookAgainMs;
        var dirty = Segments.Where((_, i) => EndOf(i) > firstDirtyOffset).ToList();
        var dirtyBytes = dirty.Sum(segment => segment.Bytes);
        if (dirtyBytes > 0)
        {
            var lagEnds = Sum(dirty.First(segment => segment.Bytes > 0).FirstAppendMs, rules.MaxLagMs);
            if (lagEnds <= nowMs || (double)dirtyBytes / Segments.Sum(segment => segment.Bytes) > rules.MinDirtyRatio)
                return this with { Need = CleaningNeed.Compaction };
            lookAgain = Math.Min(lookAgain, lagEnds);
        }
        var horizons = Segments.Where(segment => segment.DeleteHorizonMs >= 0).Select(segment => segment.DeleteHorizonMs).DefaultIfEmpty(long.MaxValue).Min();
        return horizons <= nowMs
            ? this with { Need = CleaningNeed.Expiry }
            : this with { LookAgainMs = Math.Min(lookAgain, horizons) };
    }

    private long EndOf(int segment) => segment + 1 < Segments.Count ? Segments[segment + 1].BaseOffset : EndOffset;
}
