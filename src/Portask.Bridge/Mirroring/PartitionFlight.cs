namespace Portask.Bridge.Mirroring;

/// <summary>
/// The records of one source partition between being read and being acknowledged. Reading goes on in one thread, acknowledgements come
/// in another and in the order of sending.
/// </summary>
internal sealed class PartitionFlight(long lastRun)
{
    // Where offsets have gaps all over, as in a compacted topic, the map keeps the first runs of a commit and its last.
    private const int MaxRuns = 16;

    private readonly Lock _gate = new();
    private readonly List<(long Number, OffsetRun Run)> _changed = [];
    private OffsetRun _run;
    private long _number = lastRun;
    private long _read = -1;
    private long _acknowledged = -1;
    private int _pending;
    private bool _failed;

    /// <summary>A record was handed to the producer.</summary>
    public void Sent(long offset)
    {
        lock (_gate)
        {
            _read = offset + 1;
            _pending++;
        }
    }

    /// <summary>A record was read and left out.</summary>
    public void LeftOut(long offset)
    {
        lock (_gate)
            _read = offset + 1;
    }

    /// <summary>The oldest record on its way has arrived.</summary>
    public void Arrived(long source, long target)
    {
        lock (_gate)
        {
            _pending--;
            // What arrives behind a record that was lost must not carry the progress over it.
            if (_failed)
                return;
            _acknowledged = source + 1;
            Extend(source, target);
        }
    }

    /// <summary>A record was given up: nothing behind it counts.</summary>
    public void Lost()
    {
        lock (_gate)
            (_pending, _failed) = (_pending - 1, true);
    }

    /// <summary>What can be said of the partition now: the offset to read next, and the runs that are new or longer; null where there is nothing new.</summary>
    public (long Next, IReadOnlyList<(long Number, OffsetRun Run)> Runs)? Take(long committed)
    {
        lock (_gate)
        {
            var next = _pending == 0 && !_failed ? Math.Max(_read, _acknowledged) : _acknowledged;
            if (next <= committed)
                return null;
            (long, OffsetRun)[] runs = _changed.Count > 0 ? [.. _changed] : [(ProgressEntry.NoRun, default)];
            _changed.Clear();
            return (next, runs);
        }
    }

    private void Extend(long source, long target)
    {
        var continued = _run.Count > 0 && _run.IsContinuedBy(source, target);
        _run = continued ? _run with { Count = _run.Count + 1 } : new OffsetRun(source, target, 1);
        if (!continued && _changed.Count < MaxRuns)
            _number++;
        if (_changed.Count > 0 && _changed[^1].Number == _number)
            _changed[^1] = (_number, _run);
        else
            _changed.Add((_number, _run));
    }
}
