namespace Portask.Broker.Metrics;

/// <summary>What went over all connections of a node.</summary>
public sealed class NetworkMeter
{
    private long _received;
    private long _sent;
    private long _connections;
    private long _refused;

    /// <summary>Bytes of requests.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _received);

    /// <summary>Bytes of answers.</summary>
    public long SentBytes => Interlocked.Read(ref _sent);

    /// <summary>Connections accepted.</summary>
    public long Accepted => Interlocked.Read(ref _connections);

    /// <summary>Connections closed at once because there were too many.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    internal void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    internal void Sent(long bytes) => Interlocked.Add(ref _sent, bytes);

    internal void ConnectionAccepted() => Interlocked.Increment(ref _connections);

    internal void ConnectionRefused() => Interlocked.Increment(ref _refused);
}
