namespace Portask.Journal.Metrics;

/// <summary>What the log journal did since the node started.</summary>
public sealed class JournalMeter
{
    private long _entries;
    private long _failures;

    /// <summary>Time of one write to a segment file.</summary>
    public Histogram WriteTime { get; } = new(HistogramScale.Durations);

    /// <summary>Bytes that one write took together.</summary>
    public Histogram WriteBytes { get; } = new(HistogramScale.Bytes);

    /// <summary>Time of one round of fsync.</summary>
    public Histogram SyncTime { get; } = new(HistogramScale.Durations);

    /// <summary>Logs that one round of fsync brought to disk together.</summary>
    public Histogram SyncedLogs { get; } = new(HistogramScale.Counts);

    /// <summary>Entries written.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>Writes and fsyncs that the disk refused.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    internal void Wrote(long began, int entries, long bytes)
    {
        WriteTime.ObserveSince(began);
        WriteBytes.Observe(bytes);
        Interlocked.Add(ref _entries, entries);
    }

    internal void Synced(long began, int logs)
    {
        SyncTime.ObserveSince(began);
        SyncedLogs.Observe(logs);
    }

    internal void Failed() => Interlocked.Increment(ref _failures);
}
