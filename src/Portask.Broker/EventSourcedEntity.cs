using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Portask.Broker.Cluster;
using Portask.Broker.Metrics;
using Portask.Journal.History;

namespace Portask.Broker;

/// <summary>
/// An entity that decides, journals, applies and then replies, in that order. Replies go out only after the journal has
/// the events, so nothing that was answered can be forgotten.
/// </summary>
public abstract class EventSourcedEntity<TEvent> : UntypedPersistentActor
    where TEvent : class
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromHours(1);

    private readonly int _eventsPerSnapshot;
    private int _eventsSinceSnapshot;
    private ICancelable? _trimming;
    private bool _trims;

    protected EventSourcedEntity(string persistenceId, int eventsPerSnapshot = 1000)
    {
        PersistenceId = persistenceId;
        Meters = BrokerMeters.Get(Context.System);
        _eventsPerSnapshot = eventsPerSnapshot;
    }

    public override string PersistenceId { get; }

    /// <summary>Counts what entities do.</summary>
    protected BrokerMeters Meters { get; }

    /// <summary>Folds one event into the state; the only place that changes journaled state.</summary>
    protected abstract void Apply(TEvent journaled);

    /// <summary>The state as an object that the journal's serializers know.</summary>
    protected abstract object ToSnapshot();

    /// <summary>Takes the state from a snapshot.</summary>
    protected abstract void RestoreSnapshot(object snapshot);

    /// <summary>Runs once after the journal was read.</summary>
    protected virtual void OnRecovered()
    {
    }

    /// <summary>Journals all events together, applies them, then runs <paramref name="committed"/>; at once when there are none.</summary>
    protected void Commit(IReadOnlyList<TEvent> events, Action committed)
    {
        if (events.Count == 0)
        {
            committed();
            return;
        }
        var left = events.Count;
        var began = Stopwatch.GetTimestamp();
        PersistAll(events, journaled =>
        {
            Apply(journaled);
            _eventsSinceSnapshot++;
            if (--left > 0)
                return;
            Meters.ControlCommitTime.ObserveSince(began);
            committed();
            if (_eventsSinceSnapshot >= _eventsPerSnapshot)
            {
                _eventsSinceSnapshot = 0;
                SaveSnapshot(ToSnapshot());
            }
        });
    }

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer offer:
                RestoreSnapshot(offer.Snapshot);
                break;
            case TEvent journaled:
                Apply(journaled);
                _eventsSinceSnapshot++;
                break;
            case RecoveryCompleted:
                OnRecovered();
                // Entities that start together do not trim together.
                var first = TrimInterval * Random.Shared.NextDouble();
                _trimming = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(first, TrimInterval, Self, TrimHistory.Instance, ActorRefs.NoSender);
                break;
            default:
                throw new InvalidOperationException($"{PersistenceId}: the journal holds {message.GetType().Name}, which this entity does not know");
        }
    }

    protected override void PostStop()
    {
        _trimming?.Cancel();
        base.PostStop();
    }

    /// <summary>Runs when the entity stops because its shard moves to another node.</summary>
    protected virtual void OnHandOff()
    {
    }

    /// <summary>True when the message belonged to snapshot and history keeping or to sharding and is dealt with.</summary>
    protected bool HandledSnapshotMessage(object message)
    {
        switch (message)
        {
            case HandOffStop:
                OnHandOff();
                Context.Stop(Self);
                return true;
            case SaveSnapshotSuccess or TrimHistory:
                // Snapshots stay at two places, where recovery and where the history starts; the events between them are the history.
                Trim();
                return true;
            case HistoryTrimmed trimmed:
                _trims = false;
                if (trimmed.Cause is not null)
                    Log.Warning("History of {PersistenceId} was not trimmed, it is tried again: {Cause}", PersistenceId, trimmed.Cause);
                return true;
            case SaveSnapshotFailure failure:
                Log.Warning("Snapshot of {PersistenceId} failed, recovery will read more events: {Cause}", PersistenceId, failure.Cause.Message);
                return true;
            case DeleteSnapshotsSuccess or DeleteSnapshotsFailure or DeleteMessagesSuccess or DeleteMessagesFailure:
                return true;
            default:
                return false;
        }
    }

    private void Trim()
    {
        if (_trims)
            return;
        _trims = true;
        ControlHistory.Get(Context.System)
            .TrimAsync(PersistenceId, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), CancellationToken.None)
            .PipeTo(Self, ActorRefs.NoSender, _ => new HistoryTrimmed(null), cause => new HistoryTrimmed(cause.Message));
    }

    private sealed record TrimHistory
    {
        public static readonly TrimHistory Instance = new();
    }

    private sealed record HistoryTrimmed(string? Cause);
}
