using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;

namespace Portask.Broker.Partitions;

/// <summary>Keeping snapshots, giving back what retention freed, and going away for good.</summary>
public sealed partial class PartitionActor
{
    private readonly HashSet<IActorRef> _awaitingDeletion = [];
    private bool _deleting;
    private bool _journalDeleted;
    private bool _snapshotsDeleted;

    private bool HandledSnapshotMessage(object message)
    {
        switch (message)
        {
            case SaveSnapshotSuccess { Metadata.SequenceNr: var sequenceNr }:
                _snapshots.SavedTo = sequenceNr;
                FreeBefore(sequenceNr);
                SnapshotSaved(isSaved: true);
                return true;
            case SaveSnapshotFailure failure:
                Log.Warning("Snapshot of {PersistenceId} failed, recovery will read more: {Cause}", PersistenceId, failure.Cause.Message);
                SnapshotSaved(isSaved: false);
                return true;
            case HistoryForgotten forgotten:
                DeleteMessages(forgotten.ToSequenceNr);
                return true;
            case HistoryKept kept:
                if (!_deleting)
                    DeleteMessages(kept.ToSequenceNr);
                return true;
            case DeleteMessagesSuccess when _deleting:
                _journalDeleted = true;
                _ = ReclaimAsync();
                EndDeletion();
                return true;
            case DeleteMessagesSuccess:
                _ = ReclaimAsync();
                return true;
            case DeleteSnapshotsSuccess when _deleting:
                _snapshotsDeleted = true;
                EndDeletion();
                return true;
            case DeleteMessagesFailure failure:
                GiveUpDeletion(failure.Cause);
                return true;
            case DeleteSnapshotsFailure failure:
                GiveUpDeletion(failure.Cause);
                return true;
            default:
                return message is DeleteSnapshotsSuccess;
        }
    }

    /// <summary>The snapshot carries all before it, so older ones and records before the log start may go.</summary>
    private void FreeBefore(long snapshotSequenceNr)
    {
        if (_deleting)
            return;
        DeleteSnapshots(new SnapshotSelectionCriteria(snapshotSequenceNr - 1));
        var firstNeeded = _state.Index.Floor(_state.LogStartOffset)?.SequenceNr ?? long.MaxValue;
        var free = Math.Min(firstNeeded - 1, snapshotSequenceNr);
        if (free > _snapshots.FreedTo)
        {
            _snapshots.FreedTo = free;
            KeepHistoryAsync(free).PipeTo(Self);
        }
    }

    private async Task ReclaimAsync()
    {
        var log = Log;
        try
        {
            await _context.Journal.ReclaimAsync(PersistenceId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            // The space is used again, and given back with the next deletion.
            log.Warning("{PersistenceId}: what was deleted still takes its space: {Cause}", PersistenceId, cause.Message);
        }
    }

    private async Task<HistoryKept> KeepHistoryAsync(long toSequenceNr)
    {
        var log = Log;
        try
        {
            await _context.Journal.KeepHistoryAsync(PersistenceId, toSequenceNr, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            // Room is worth more than history.
            log.Warning("{PersistenceId}: what is deleted leaves nothing in the history: {Cause}", PersistenceId, cause.Message);
        }
        return new(toSequenceNr);
    }

    private async Task ForgetHistoryAsync() => await _context.Journal.ForgetHistoryAsync(PersistenceId, CancellationToken.None).ConfigureAwait(false);

    private void BeginDeletion()
    {
        _awaitingDeletion.Add(Sender);
        if (_deleting)
            return;
        _deleting = true;
        _cleaningEnd.Cancel();
        Timers.CancelAll();
        _context.Partitions.Remove(_reader);
        // Behind the writes in flight: what they add has to go as well.
        DeferAsync(_acceptedSequenceNr, sequenceNr =>
        {
            ForgetHistoryAsync().PipeTo(Self, Self, () => new HistoryForgotten(sequenceNr), cause => new DeleteMessagesFailure(cause, sequenceNr));
            DeleteSnapshots(SnapshotSelectionCriteria.Latest);
        });
    }

    private void EndDeletion()
    {
        if (!_journalDeleted || !_snapshotsDeleted)
            return;
        foreach (var asking in _awaitingDeletion)
            asking.Tell(new PartitionDeleted(_topicId, _partition));
        Context.Parent.Tell(new Passivate(PoisonPill.Instance));
    }

    // Nobody is answered, so the registry asks again, and a new incarnation tries again.
    private void GiveUpDeletion(Exception cause)
    {
        Log.Warning("{PersistenceId}: deleting from the journal failed: {Cause}", PersistenceId, cause.Message);
        if (_deleting)
            Context.Stop(Self);
    }

    private sealed record HistoryKept(long ToSequenceNr);

    private sealed record HistoryForgotten(long ToSequenceNr);
}
