using Portask.Protocol;

namespace Portask.Testing;

/// <summary>Something that goes wrong with the next requests of its kind. Disposing it ends it early.</summary>
public sealed class Fault : IDisposable
{
    private readonly FaultPlan _plan;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;
    private int _hits;

    internal Fault(FaultPlan plan, FaultMatch match, int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        (_plan, Match, _left) = (plan, match, times);
    }

    /// <summary>Requests that it has met.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Completes when it has met all that it was for, or was ended.</summary>
    public Task Over => _over.Task;

    internal FaultMatch Match { get; }

    internal ErrorCode Error { get; init; }

    internal TimeSpan Delay { get; init; }

    internal bool Drops { get; init; }

    /// <summary>Whether the request is served all the same.</summary>
    internal bool Applies { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plan.Remove(this);
        _over.TrySetResult();
    }

    /// <summary>Takes one of the times; false when there is none left. Called by the plan, one at a time.</summary>
    internal bool Take()
    {
        if (_left == 0)
            return false;
        _hits++;
        if (--_left == 0)
            Dispose();
        return true;
    }
}

/// <summary>Which requests a fault is for; null is any.</summary>
internal sealed record FaultMatch(ApiKey Api, string? ClientId, string? Topic, int? Partition)
{
    public bool IsScoped => Topic is not null || Partition is not null;
}
