using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Portask.Journal.Metrics;

namespace Portask.Journal.Log;

/// <summary>
/// One round of fsync for all that was written since the last: writers mark their segment dirty, a thread flushes every dirty
/// file and then tells each log's subscriber how far its entries are on disk.
/// </summary>
internal sealed class GroupSync : IDisposable
{
    private readonly bool _syncsToDisk;
    private readonly TimeSpan _window;
    private readonly Action<string, Exception> _report;
    private readonly ConcurrentDictionary<string, IActorRef> _subscribers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _failed = new(StringComparer.Ordinal);
    private readonly object _gate = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly JournalMeter? _meter;
    private Dictionary<Segment, (string Id, long SequenceNr)> _dirty = [];
    private TaskCompletionSource? _nextRound;

    /// <param name="syncsToDisk">False to tell a write as synced at once; then only index files wait for a flush.</param>
    /// <param name="window">How long a round waits for further writes.</param>
    /// <param name="report">Told the persistence id and the cause of a failed flush.</param>
    /// <param name="meter">Told of each round.</param>
    public GroupSync(bool syncsToDisk, TimeSpan window, Action<string, Exception> report, JournalMeter? meter = null)
    {
        _meter = meter;
        _syncsToDisk = syncsToDisk;
        _window = window;
        _report = report;
        // A thread of its own: fsync blocks for as long as the disk likes, which would starve a pool of few threads.
        _thread = new Thread(Run) { IsBackground = true, Name = "portask-journal-fsync" };
        _thread.Start();
    }

    /// <summary>Sets who is told of a persistence id, and tells of a failure that is still in force.</summary>
    public void Subscribe(string persistenceId, IActorRef subscriber)
    {
        _subscribers[persistenceId] = subscriber;
        if (CauseOfFailure(persistenceId) is { } cause)
            subscriber.Tell(new SyncFailed(persistenceId, cause));
    }

    /// <summary>Why a log is marked failed, or null when it is not.</summary>
    public string? CauseOfFailure(string persistenceId) =>
        !_failed.IsEmpty && _failed.TryGetValue(persistenceId, out var cause) ? cause : null;

    /// <summary>Takes the mark off a log that was opened again.</summary>
    public void Reopened(string persistenceId) => _failed.TryRemove(persistenceId, out _);

    /// <summary>Notes what an append wrote: it is to be on disk soon.</summary>
    public void Written(string persistenceId, Appended appended, long sequenceNr)
    {
        if (appended.Sealed is { } full)
            Mark(full, persistenceId, full.LastSequenceNr);
        if (_syncsToDisk || appended.Segment.CheckpointIsDue)
            Mark(appended.Segment, persistenceId, sequenceNr);
        if (!_syncsToDisk)
            Tell(new Synced(persistenceId, sequenceNr));
    }

    /// <summary>Has a segment flushed with the next round, which it is anyway unless that is left to the operating system.</summary>
    public void Demand(string persistenceId, Segment segment)
    {
        if (!_syncsToDisk)
            Mark(segment, persistenceId, segment.LastSequenceNr);
    }

    /// <summary>Completes after a round that begins from now on; all that is written until then has been flushed, or its flush has failed.</summary>
    public Task RoundAsync()
    {
        lock (_gate)
        {
            _nextRound ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Monitor.Pulse(_gate);
            return _nextRound.Task;
        }
    }

    /// <summary>Flushes what is dirty and ends the thread.</summary>
    public void Dispose()
    {
        _stop.Set();
        lock (_gate)
            Monitor.Pulse(_gate);
        // A disk that hangs must not keep the process from ending.
        _thread.Join(TimeSpan.FromSeconds(30));
    }

    private void Mark(Segment segment, string persistenceId, long sequenceNr)
    {
        lock (_gate)
        {
            _dirty[segment] = (persistenceId, sequenceNr);
            if (_dirty.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (!_stop.IsSet)
        {
            lock (_gate)
            {
                while (_dirty.Count == 0 && _nextRound is null && !_stop.IsSet)
                    Monitor.Wait(_gate);
            }
            if (_window > TimeSpan.Zero)
                _stop.Wait(_window);
            FlushDirty();
        }
        FlushDirty();
    }

    private void FlushDirty()
    {
        Dictionary<Segment, (string Id, long SequenceNr)> batch;
        TaskCompletionSource? round;
        lock (_gate)
            (batch, _dirty, round, _nextRound) = (_dirty, [], _nextRound, null);
        var began = Stopwatch.GetTimestamp();
        // Of one log the older segment first: what is told of the newer one holds for all before it.
        foreach (var (segment, (id, sequenceNr)) in batch.OrderBy(entry => entry.Value.SequenceNr))
            Flush(segment, id, sequenceNr);
        if (batch.Count > 0)
            _meter?.Synced(began, batch.Count);
        round?.SetResult();
    }

    private void Flush(Segment segment, string id, long sequenceNr)
    {
        try
        {
            if (CauseOfFailure(id) is { } cause)
                Tell(new SyncFailed(id, cause));
            // Nobody waits for what retention deleted after the write, so it counts as synced.
            else if ((segment.Flush() || segment.IsDeleted) && _syncsToDisk)
                Tell(new Synced(id, sequenceNr));
        }
        catch (Exception cause)
        {
            // Whatever it was, the thread has to live for the other logs.
            _failed[id] = cause.Message;
            _meter?.Failed();
            _report(id, cause);
            Tell(new SyncFailed(id, cause.Message));
        }
    }

    private void Tell(Synced synced)
    {
        if (_subscribers.TryGetValue(synced.PersistenceId, out var subscriber))
            subscriber.Tell(synced);
    }

    private void Tell(SyncFailed failed)
    {
        if (_subscribers.TryGetValue(failed.PersistenceId, out var subscriber))
            subscriber.Tell(failed);
    }
}
