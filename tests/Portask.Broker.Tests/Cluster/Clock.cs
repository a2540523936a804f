namespace Portask.Broker.Tests.Cluster;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class Clock : TimeProvider
{
    private long _ticks = TimeSpan.FromDays(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Pass(int seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
}
