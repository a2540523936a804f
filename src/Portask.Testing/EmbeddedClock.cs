using Portask.Testing.Time;

namespace Portask.Testing;

/// <summary>
/// The broker's clock: it runs with the computer's, from where a test has moved it. Log append times, retention, session and
/// transaction timeouts, rebalance delays and the life of offsets and ids go by it. What clients wait for does not, nor the longest wait of
/// a Fetch.
/// </summary>
public sealed class EmbeddedClock
{
    private readonly Lock _gate = new();
    private EmbeddedScheduler? _scheduler;
    private long _shiftMs;

    internal EmbeddedClock() => Time = new ShiftedTime(this);

    /// <summary>What time it is for the broker.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>How far the clock is ahead of the computer's.</summary>
    public TimeSpan Shift => TimeSpan.FromMilliseconds(ShiftMs);

    internal long ShiftMs => Volatile.Read(ref _shiftMs);

    internal TimeProvider Time { get; }

    /// <summary>
    /// Moves the clock on in one step, as after a computer's sleep: a timer that it passes fires once, in the order of the times, and a
    /// member of a group whose session it passes is out, since no heartbeat came in between.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative: a broker's clock does not go back.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        EmbeddedScheduler? scheduler;
        lock (_gate)
        {
            _shiftMs += (long)by.TotalMilliseconds;
            scheduler = _scheduler;
        }
        scheduler?.ClockMoved();
    }

    internal TimeProvider Drive(EmbeddedScheduler scheduler)
    {
        lock (_gate)
            (_scheduler, scheduler.Clock) = (scheduler, this);
        return Time;
    }

    internal void Hold(bool held)
    {
        EmbeddedScheduler? scheduler;
        lock (_gate)
            scheduler = _scheduler;
        scheduler?.Hold(held);
    }

    private sealed class ShiftedTime(EmbeddedClock clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + clock.Shift;
    }
}
