using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Portask.Testing.Time;

/// <summary>
/// The scheduler of an embedded broker. What the broker's own actors wait for goes by the broker's clock, which tests move: sessions,
/// transactions, rebalances, retention. What Akka waits for inside goes by real time; moving that would time out recoveries and
/// writes that are under way.
/// </summary>
internal sealed class EmbeddedScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    private readonly TimerQueue _real;
    private readonly TimerQueue _shifted;

    /// <summary>Made by the actor system, as <c>akka.scheduler.implementation</c> names it.</summary>
    public EmbeddedScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
        void Failed(Exception cause) => log.Error(cause, "A timer failed");
        _real = new TimerQueue(() => Environment.TickCount64, Failed);
        _shifted = new TimerQueue(() => Environment.TickCount64 + (Clock?.ShiftMs ?? 0), Failed);
    }

    /// <summary>The clock of the broker's own timers, given before there are any.</summary>
    public EmbeddedClock? Clock { get; set; }

    /// <inheritdoc/>
    public DateTimeOffset Now => TimeNow;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => DateTimeOffset.UtcNow;

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(0);

    /// <summary>Fires what the clock has reached.</summary>
    public void ClockMoved() => _shifted.FireDue();

    /// <summary>While held, none of the broker's own timers fires.</summary>
    public void Hold(bool held) => _shifted.Hold(held);

    /// <inheritdoc/>
    public void Dispose()
    {
        _real.Dispose();
        _shifted.Dispose();
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        QueueOf(message).Add(delay, null, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        QueueOf(message).Add(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => _real.Add(delay, null, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => _real.Add(delay, null, action.Run, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        _real.Add(initialDelay, interval, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        _real.Add(initialDelay, interval, action.Run, cancelable);

    // A message of the broker's, alone or as an actor's timer wraps it.
    private TimerQueue QueueOf(object message)
    {
        var inner = message is IWrappedMessage wrapped ? wrapped.Message : message;
        return inner.GetType().Assembly.GetName().Name?.StartsWith("Portask.", StringComparison.Ordinal) == true ? _shifted : _real;
    }
}
