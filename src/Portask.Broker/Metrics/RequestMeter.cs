using Portask.Journal.Metrics;
using Portask.Protocol;

namespace Portask.Broker.Metrics;

/// <summary>What the requests of one API key came to. Unknown keys close their connection, so there are no more of these than handlers.</summary>
public sealed class RequestMeter
{
    // Codes begin at -1, and no client can make the broker answer one that is not in the enum.
    private static readonly int Codes = Enum.GetValues<ErrorCode>().Max(code => (int)code) + 2;

    private long[]? _errors;

    /// <summary>Time from a whole request to its answer, with what a fetch waits for records.</summary>
    public Histogram Duration { get; } = new(HistogramScale.Durations);

    /// <summary>How often answers carried a code; an answer for many partitions may carry several.</summary>
    public IEnumerable<(ErrorCode Code, long Count)> Errors
    {
        get
        {
            if (Volatile.Read(ref _errors) is not { } errors)
                yield break;
            for (var i = 0; i < errors.Length; i++)
                if (Interlocked.Read(ref errors[i]) is var count and > 0)
                    yield return ((ErrorCode)(i - 1), count);
        }
    }

    internal void Answered(long began, IReadOnlyDictionary<ErrorCode, int>? errors)
    {
        Duration.ObserveSince(began);
        if (errors is null)
            return;
        var counts = LazyInitializer.EnsureInitialized(ref _errors, () => new long[Codes]);
        foreach (var (code, count) in errors)
            Interlocked.Add(ref counts[(int)code + 1], count);
    }
}
