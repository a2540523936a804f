using Portask.Broker.Metrics;

namespace Portask.Broker.Network;

/// <summary>
/// What one connection holds of the node's memory: its requests until they are answered, what its fetches read until it is
/// sent. Disposing it gives all of that back, however the connection ended.
/// </summary>
public sealed class ConnectionMemory(MemoryBudget requests, MemoryBudget answers, NetworkMeter? meter = null) : IDisposable
{
    // Heartbeats and the like go on while large requests wait for room.
    private const int UncountedBytes = 4096;

    private readonly Lock _gate = new();
    private long _requestBytes;
    private long _answerBytes;
    private bool _closed;

    /// <summary>Waits until there is room for a request.</summary>
    /// <exception cref="ObjectDisposedException">The connection ended meanwhile.</exception>
    public async ValueTask TakeRequestAsync(int bytes, CancellationToken cancellation)
    {
        meter?.Received(bytes);
        if (bytes <= UncountedBytes)
            return;
        await requests.TakeAsync(bytes, cancellation).ConfigureAwait(false);
        if (Hold(ref _requestBytes, bytes))
            return;
        requests.Return(bytes);
        throw new ObjectDisposedException(nameof(ConnectionMemory));
    }

    /// <summary>A request is answered, its bytes are in use no longer.</summary>
    public void ReturnRequest(int bytes)
    {
        if (bytes > UncountedBytes)
            requests.Return(Release(ref _requestBytes, bytes));
    }

    /// <summary>Takes room to read up to so many bytes for an answer; less when memory is short.</summary>
    public long TakeAnswer(long wanted) => answers.TakeUpTo(wanted);

    /// <summary>Of the room taken, so many bytes were used; a first batch may be larger than the room.</summary>
    public void SettleAnswer(long taken, long used)
    {
        if (used > taken)
            answers.Take(used - taken);
        else
            answers.Return(taken - used);
    }

    /// <summary>Bytes that were taken are answered: they are held until they are sent.</summary>
    public void KeepAnswer(long used)
    {
        if (!Hold(ref _answerBytes, used))
            answers.Return(used);
    }

    /// <summary>Bytes went to the client.</summary>
    public void Sent(long bytes)
    {
        meter?.Sent(bytes);
        if (Release(ref _answerBytes, bytes) is var freed and > 0)
            answers.Return(freed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            requests.Return(_requestBytes);
            answers.Return(_answerBytes);
            (_requestBytes, _answerBytes) = (0, 0);
        }
    }

    private bool Hold(ref long held, long bytes)
    {
        lock (_gate)
        {
            if (!_closed)
                held += bytes;
            return !_closed;
        }
    }

    // Sent bytes include headers and answers that were never counted, so no more is released than is held.
    private long Release(ref long held, long bytes)
    {
        lock (_gate)
        {
            var released = Math.Min(held, bytes);
            held -= released;
            return released;
        }
    }
}
