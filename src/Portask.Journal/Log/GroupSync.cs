using System.Collections.Concurrent;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>
/// One fsync for all that was written since the last: writers mark their segment dirty, one loop flushes every dirty file
/// and then tells each log's subscriber how far its entries are on disk.
/// </summary>
internal sealed class GroupSync : IDisposable
{
    private readonly TimeSpan _window;
    private readonly Action<string, Exception> _failed;
    private readonly ConcurrentDictionary<string, IActorRef> _subscribers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _work = new(0);
    private readonly object _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task? _loop;
    private Dictionary<(string Id, SafeFileHandle Handle), long> _dirty = [];

    public GroupSync(bool syncsToDisk, TimeSpan window, Action<string, Exception> failed)
    {
        _window = window;
        _failed = failed;
        if (syncsToDisk)
            _loop = Task.Run(RunAsync);
    }

    public void Subscribe(string persistenceId, IActorRef subscriber) => _subscribers[persistenceId] = subscriber;

    /// <summary>Notes that entries up to <paramref name="sequenceNr"/> were written to the file and are to be on disk soon.</summary>
    public void Written(string persistenceId, SafeFileHandle handle, long sequenceNr)
    {
        if (_loop is null)
        {
            Tell(persistenceId, sequenceNr);
            return;
        }
        bool first;
        lock (_gate)
        {
            first = _dirty.Count == 0;
            _dirty[(persistenceId, handle)] = sequenceNr;
        }
        if (first)
            _work.Release();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _work.Release();
        _loop?.Wait(TimeSpan.FromSeconds(5));
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await _work.WaitAsync();
            if (_window > TimeSpan.Zero && !_stop.IsCancellationRequested)
                await Task.Delay(_window);
            Flush();
        }
        Flush();
    }

    private void Flush()
    {
        Dictionary<(string Id, SafeFileHandle Handle), long> batch;
        lock (_gate)
            (batch, _dirty) = (_dirty, []);
        foreach (var ((id, handle), sequenceNr) in batch.OrderBy(entry => entry.Value))
        {
            try
            {
                RandomAccess.FlushToDisk(handle);
                Tell(id, sequenceNr);
            }
            catch (ObjectDisposedException)
            {
                // The segment was deleted by retention after the write; nobody waits for what is gone.
                Tell(id, sequenceNr);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                _failed(id, cause);
            }
        }
    }

    private void Tell(string persistenceId, long sequenceNr)
    {
        if (_subscribers.TryGetValue(persistenceId, out var subscriber))
            subscriber.Tell(new Synced(persistenceId, sequenceNr));
    }
}
