using Akka.Actor;

namespace Portask.Testing.Time;

/// <summary>Timers in the order in which they are due by one clock, fired from the thread pool: fifty brokers need no thread each.</summary>
/// <param name="now">The clock, in milliseconds.</param>
/// <param name="failed">Told what a timer's action threw.</param>
internal sealed class TimerQueue(Func<long> now, Action<Exception> failed) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Entry, (long Due, long Number)> _entries = new();
    private Timer? _timer;
    private long _armedFor = long.MaxValue;
    private long _numbers;
    private bool _held;
    private bool _disposed;
    private bool _firing;

    /// <summary>Calls back after a delay, and again after each interval if there is one, until it is cancelled.</summary>
    public void Add(TimeSpan delay, TimeSpan? interval, Action fire, ICancelable? cancelable)
    {
        lock (_gate)
        {
            Enqueue(new Entry(fire, interval, cancelable), Math.Max(0, (long)Math.Ceiling(delay.TotalMilliseconds)));
            Arm();
        }
    }

    /// <summary>While held, nothing fires; what became due meanwhile does when it is let go.</summary>
    public void Hold(bool held)
    {
        lock (_gate)
            _held = held;
        FireDue();
    }

    /// <summary>Fires what is due; called when the clock has been moved.</summary>
    public void FireDue()
    {
        lock (_gate)
        {
            // Who fires goes on until nothing is due, so the order holds however many call.
            if (_firing)
                return;
            _firing = true;
        }
        while (TakeDue() is { } entry)
        {
            try
            {
                if (entry.Cancelable is not { IsCancellationRequested: true })
                    entry.Fire();
            }
            catch (Exception cause)
            {
                failed(cause);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _entries.Clear();
            _timer?.Dispose();
        }
    }

    private Entry? TakeDue()
    {
        lock (_gate)
        {
            if (!_held && !_disposed && _entries.TryPeek(out var entry, out var at) && at.Due <= now())
            {
                _entries.Dequeue();
                // What a clock has jumped over comes once.
                if (entry.Interval is { } interval && entry.Cancelable is not { IsCancellationRequested: true })
                    Enqueue(entry, Math.Max(1, (long)interval.TotalMilliseconds));
                return entry;
            }
            _firing = false;
            _armedFor = long.MaxValue;
            Arm();
            return null;
        }
    }

    private void Enqueue(Entry entry, long inMs) => _entries.Enqueue(entry, (now() + inMs, _numbers++));

    private void Arm()
    {
        if (_disposed || _held || _firing || !_entries.TryPeek(out _, out var next) || next.Due >= _armedFor)
            return;
        _armedFor = next.Due;
        _timer ??= new Timer(_ => FireDue());
        _timer.Change(Math.Clamp(next.Due - now(), 0, int.MaxValue), Timeout.Infinite);
    }

    private sealed record Entry(Action Fire, TimeSpan? Interval, ICancelable? Cancelable);
}
