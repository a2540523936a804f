using Portask.Journal.Metrics;

namespace Portask.Broker.Metrics;

/// <summary>What a <see cref="TopicMeter"/> had counted at one moment.</summary>
public readonly record struct TopicCounts(long RecordsIn, long BytesIn, long RecordsOut, long BytesOut);

/// <summary>What went into and out of one topic on this node. It hangs on the topic's metadata and goes with it.</summary>
public sealed class TopicMeter
{
    private long _recordsIn;
    private long _bytesIn;
    private long _recordsOut;
    private long _bytesOut;
    private Histogram? _produceTime;
    private Histogram? _consumeTime;

    /// <summary>Records appended.</summary>
    public long RecordsIn => Interlocked.Read(ref _recordsIn);

    /// <summary>Bytes of batches appended.</summary>
    public long BytesIn => Interlocked.Read(ref _bytesIn);

    /// <summary>Records fetched, counted by whole batches as they are sent.</summary>
    public long RecordsOut => Interlocked.Read(ref _recordsOut);

    /// <summary>Bytes of batches fetched.</summary>
    public long BytesOut => Interlocked.Read(ref _bytesOut);

    /// <summary>All of it at this moment.</summary>
    public TopicCounts Counts => new(RecordsIn, BytesIn, RecordsOut, BytesOut);

    /// <summary>Time from a produce request to a batch's answer; null before the first.</summary>
    public Histogram? ProduceTime => Volatile.Read(ref _produceTime);

    /// <summary>Time of reading what a fetch got, without its wait for records; null before the first.</summary>
    public Histogram? ConsumeTime => Volatile.Read(ref _consumeTime);

    internal void Produced(long began, int records, int bytes)
    {
        Interlocked.Add(ref _recordsIn, records);
        Interlocked.Add(ref _bytesIn, bytes);
        Of(ref _produceTime).ObserveSince(began);
    }

    internal void Consumed(long took, long records, long bytes)
    {
        Interlocked.Add(ref _recordsOut, records);
        Interlocked.Add(ref _bytesOut, bytes);
        Of(ref _consumeTime).Observe(took);
    }

    // Most of many topics are idle, and a histogram is most of a meter.
    private static Histogram Of(ref Histogram? histogram) =>
        LazyInitializer.EnsureInitialized(ref histogram, () => new Histogram(HistogramScale.CoarseDurations));
}
