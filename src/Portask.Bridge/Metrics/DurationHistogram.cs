namespace Portask.Bridge.Metrics;

/// <summary>Durations counted in the default buckets of Prometheus' Go client, which the documentation's metrics have.</summary>
internal sealed class DurationHistogram
{
    private static readonly double[] Bounds = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _microseconds;

    public void Observe(double seconds)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && seconds > Bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _microseconds, (long)(seconds * 1e6));
    }

    /// <summary>The buckets as Prometheus counts them, each with all below it, and the sum in seconds.</summary>
    public (IReadOnlyList<(double Bound, long Count)> Buckets, double Sum) Read()
    {
        var buckets = new (double, long)[_counts.Length];
        var total = 0L;
        for (var i = 0; i < buckets.Length; i++)
            buckets[i] = (i < Bounds.Length ? Bounds[i] : double.PositiveInfinity, total += Interlocked.Read(ref _counts[i]));
        return (buckets, Interlocked.Read(ref _microseconds) / 1e6);
    }
}
