using System.Diagnostics;

namespace Portask.Bridge.Mirroring;

/// <summary>What the copy of one topic does now, for whoever looks.</summary>
internal sealed class TopicState(Route route)
{
    private readonly Lock _gate = new();
    private long _records;
    private long _bytes;
    private long _leftOut;
    private long _lag;
    private string _state = "starting";
    private string? _error;
    private (long At, long Records, double Rate) _rate = (Stopwatch.GetTimestamp(), 0, 0);

    public Route Route => route;

    public long Records => Interlocked.Read(ref _records);

    public void Carried(int bytes)
    {
        Interlocked.Increment(ref _records);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void LeftOut() => Interlocked.Increment(ref _leftOut);

    public void Lags(long records) => Interlocked.Exchange(ref _lag, records);

    public void Running() => (_state, _error) = ("running", null);

    public void Is(string state, string? error = null) => (_state, _error) = (state, error);

    public TopicStatus Read()
    {
        var (records, rate) = (Records, Rate());
        return new TopicStatus(
            route.Source, route.Target, route.Direction, _state, _error, records, Interlocked.Read(ref _bytes), Interlocked.Read(ref _leftOut), Interlocked.Read(ref _lag), rate);
    }

    // Over the time since somebody looked last, one second or more.
    private double Rate()
    {
        lock (_gate)
        {
            var elapsed = Stopwatch.GetElapsedTime(_rate.At);
            if (elapsed >= TimeSpan.FromSeconds(1))
                _rate = (Stopwatch.GetTimestamp(), Records, (Records - _rate.Records) / elapsed.TotalSeconds);
            return _rate.Rate;
        }
    }
}
