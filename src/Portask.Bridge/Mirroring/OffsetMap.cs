namespace Portask.Bridge.Mirroring;

/// <summary>Records in a row that have neighbouring offsets on both sides.</summary>
internal readonly record struct OffsetRun(long Source, long Target, long Count)
{
    public bool IsContinuedBy(long source, long target) => source == Source + Count && target == Target + Count;
}

/// <summary>Where the records of one partition went, as far as the runs that are still kept tell.</summary>
internal sealed class OffsetMap
{
    private readonly SortedList<long, OffsetRun> _runs = [];

    /// <summary>The first run that is known.</summary>
    public OffsetRun? First => _runs.Count == 0 ? null : _runs.GetValueAtIndex(0);

    /// <summary>Takes a run in; a later copy of the same records replaces the earlier.</summary>
    public void Add(OffsetRun run) => _runs[run.Source] = run;

    /// <summary>The same runs seen from the copy: where its records came from.</summary>
    public OffsetMap Reversed()
    {
        var reversed = new OffsetMap();
        foreach (var run in _runs.Values)
            reversed.Add(new OffsetRun(run.Target, run.Source, run.Count));
        return reversed;
    }

    /// <summary>
    /// Where a group that would read <paramref name="source"/> next goes on. Never past a record that it has not read: between runs that
    /// is the end of the earlier one, as another run may have been there that is no longer kept. Null is before all runs.
    /// </summary>
    public long? Translate(long source)
    {
        var (low, high) = (0, _runs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_runs.GetKeyAtIndex(middle) <= source)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0)
            return null;
        var run = _runs.GetValueAtIndex(low - 1);
        return run.Target + Math.Min(source - run.Source, run.Count);
    }
}
