namespace Portask.Broker.Network;

/// <summary>Bytes that all connections of a node together may hold of one kind: requests that are served, or answers on their way.</summary>
/// <param name="maxBytes">The bound. A single piece larger than it is let in when nothing else is held.</param>
public sealed class MemoryBudget(long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Room)> _waiting = new();
    private long _used;

    /// <summary>The bound in bytes.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Bytes in use.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
                return _used;
        }
    }

    /// <summary>Takes bytes, waiting for room in the order of asking.</summary>
    public ValueTask TakeAsync(long bytes, CancellationToken cancellation)
    {
        TaskCompletionSource room;
        lock (_gate)
        {
            if (_waiting.Count == 0 && HasRoomFor(bytes))
            {
                _used += bytes;
                return ValueTask.CompletedTask;
            }
            room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((bytes, room));
        }
        return new(WaitAsync(room, cancellation));
    }

    /// <summary>Takes as much as there is room for, up to <paramref name="wanted"/>, without waiting.</summary>
    /// <returns>Bytes taken, 0 when all are in use.</returns>
    public long TakeUpTo(long wanted)
    {
        lock (_gate)
        {
            var taken = Math.Clamp(maxBytes - _used, 0, wanted);
            _used += taken;
            return taken;
        }
    }

    /// <summary>Takes bytes that are in memory already, beyond the bound if need be.</summary>
    public void Take(long bytes)
    {
        lock (_gate)
            _used += bytes;
    }

    /// <summary>Gives bytes back and lets in who waits.</summary>
    public void Return(long bytes)
    {
        lock (_gate)
        {
            _used -= bytes;
            while (_waiting.TryPeek(out var next) && (next.Room.Task.IsCompleted || HasRoomFor(next.Bytes)))
            {
                _waiting.Dequeue();
                if (next.Room.TrySetResult())
                    _used += next.Bytes;
            }
        }
    }

    private static async Task WaitAsync(TaskCompletionSource room, CancellationToken cancellation)
    {
        await using var _ = cancellation.Register(() => room.TrySetCanceled(cancellation));
        await room.Task.ConfigureAwait(false);
    }

    private bool HasRoomFor(long bytes) => _used == 0 || _used + bytes <= maxBytes;
}
