namespace Portask.Broker.Tests.LogModel;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _unixMs = 1_700_000_000_000;

    public long UnixMs => Volatile.Read(ref _unixMs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMs);

    public void Advance(long ms) => Interlocked.Add(ref _unixMs, ms);
}
