using Portask.Journal;
using Portask.Journal.Reading;
using Portask.State;

namespace Portask.Replay;

/// <summary>An event with what is known of it from the journal.</summary>
public readonly record struct HistoryEvent(long SequenceNr, long TimeMs, IJournaled Event)
{
    /// <summary>The first number that it stands for: its own, but for what was folded.</summary>
    public long First => Event is IStandsForEarlier folded ? folded.FirstSequenceNr : SequenceNr;
}

/// <summary>What is kept of an entity's past: its events from some number on, and the state before them.</summary>
public sealed class EntityHistory
{
    private readonly Journals _journals;

    /// <summary>The history of an entity.</summary>
    public EntityHistory(Journals journals, Entity entity)
    {
        (_journals, Entity) = (journals, entity);
        Snapshots = journals.Snapshots(entity.PersistenceId);
        FirstEvent = Events().Select(one => (long?)one.First).FirstOrDefault();
        // Events from before a start that was noted may be there and say nothing of the state: others between them are not.
        Start = journals.HistoryStart(entity.PersistenceId) is { } noted ? noted : FirstEvent == 1 ? null : Snapshots.Select(one => (StoredSnapshot?)one).FirstOrDefault(one => FirstEvent is null || one!.Value.SequenceNr + 1 >= FirstEvent);
    }

    /// <summary>Whose history it is.</summary>
    public Entity Entity { get; }

    /// <summary>All snapshots, oldest first.</summary>
    public IReadOnlyList<StoredSnapshot> Snapshots { get; }

    /// <summary>The snapshot that the history starts from; null when it starts with the first event that there ever was.</summary>
    public StoredSnapshot? Start { get; }

    /// <summary>Sequence number of the first event that is kept, null when there is none.</summary>
    public long? FirstEvent { get; }

    /// <summary>Events of a range, oldest first.</summary>
    /// <exception cref="JournalCorruptedException">An entry is damaged.</exception>
    public IEnumerable<HistoryEvent> Events(long from = 1, long to = long.MaxValue) =>
        _journals.ReadWhole(Entity.PersistenceId, from, to).Select(ToEvent);

    /// <summary>What is in the journal of a range: batches with the records that compaction left, and not those that are gone.</summary>
    /// <exception cref="JournalCorruptedException">An entry is damaged.</exception>
    public IEnumerable<HistoryEvent> Stored(long from, long to = long.MaxValue) => _journals.Read(Entity.PersistenceId, from, to).Select(ToEvent);

    /// <summary>Sequence number of the last event at a moment; 0 before the first one.</summary>
    public long Resolve(Moment moment) => moment.SequenceNr ?? _journals.SequenceNrAt(Entity.PersistenceId, moment.UnixMs!.Value);

    /// <summary>The first number of events that are at or after a moment.</summary>
    public long ResolveFrom(Moment moment) => moment.SequenceNr ?? _journals.SequenceNrAt(Entity.PersistenceId, moment.UnixMs!.Value - 1) + 1;

    /// <summary>Sequence number of the last event, also when it is not kept; 0 when there never was one.</summary>
    public long LastEvent => _journals.HighestSequenceNr(Entity.PersistenceId);

    /// <summary>The state at a moment.</summary>
    /// <exception cref="ReplayException">The history does not reach back that far.</exception>
    /// <exception cref="OperationCanceledException">Whoever asked does not wait any longer.</exception>
    public (Fold State, long SequenceNr, long TimeMs) At(Moment moment, CancellationToken cancellation = default)
    {
        var number = Resolve(moment);
        if (number == 0 && Start is { } start && moment.UnixMs >= start.TimeMs)
            number = start.SequenceNr;
        return At(number, moment, cancellation);
    }

    /// <summary>The state that the history starts with, and the events after it.</summary>
    public (Fold State, IEnumerable<HistoryEvent> Events) FromStart()
    {
        var fold = JournalIds.FoldOf(Entity.PersistenceId);
        if (Start is { } start)
            fold.Restore(Journals.Decode(start));
        return (fold, Events((Start?.SequenceNr ?? 0) + 1));
    }

    private static HistoryEvent ToEvent(StoredEvent stored) => new(stored.SequenceNr, stored.TimeMs, Journals.Decode(stored));

    private (Fold State, long SequenceNr, long TimeMs) At(long number, Moment moment, CancellationToken cancellation)
    {
        var fold = JournalIds.FoldOf(Entity.PersistenceId);
        var from = Snapshots.LastOrDefault(one => one.SequenceNr <= number && one.SequenceNr >= (Start?.SequenceNr ?? 0));
        // A default snapshot has the number 0: the state before any event.
        if (from.SequenceNr == 0 && Start is { } start)
        {
            throw new ReplayException(
                $"the history of {Entity.Title} begins at sequence number {start.SequenceNr} ({Times.Text(start.TimeMs)}); {moment} is before that");
        }
        if (number < 1)
            throw new ReplayException($"{Entity.Title} has no event at or before {moment}");
        var (last, time) = (from.SequenceNr, from.TimeMs);
        if (from.SequenceNr > 0)
            fold.Restore(Journals.Decode(from));
        foreach (var one in Events(from.SequenceNr + 1, number))
        {
            cancellation.ThrowIfCancellationRequested();
            if (one.First != last + 1)
                throw new ReplayException($"{Entity.Title}: the journal has sequence number {one.SequenceNr} where {last + 1} is due; replay verify tells more");
            fold.Apply(one.Event, one.SequenceNr);
            (last, time) = (one.SequenceNr, one.TimeMs);
        }
        return (fold, last, time);
    }
}
