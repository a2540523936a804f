using System.Runtime.Serialization;
using Portask.Journal;
using Portask.Journal.Reading;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State;
using Portask.State.Partitions;

namespace Portask.Replay.Verify;

/// <summary>Reads all of one entity's journal: form, numbers, offsets, and snapshots against the fold of the events.</summary>
public sealed class EntityVerification
{
    private readonly Journals _journals;
    private readonly Entity _entity;
    private readonly List<Finding> _findings = [];
    private readonly Queue<StoredSnapshot> _snapshots;
    private readonly Queue<StoredEvent> _gone;
    private Fold? _fold;
    private long _last;
    private long _events;
    private bool _hasBegun;

    private EntityVerification(Journals journals, Entity entity)
    {
        (_journals, _entity) = (journals, entity);
        // Before the events: a snapshot that the broker writes meanwhile is not one that is ahead of them.
        _snapshots = new(journals.Snapshots(entity.PersistenceId));
        _gone = new(journals.Gone(entity.PersistenceId));
    }

    /// <summary>Verifies one entity.</summary>
    public static Verified Run(Journals journals, Entity entity)
    {
        var verification = new EntityVerification(journals, entity);
        var snapshots = verification._snapshots.Count;
        verification.ReadAll();
        return new(entity, verification._events, snapshots, verification._findings);
    }

    private void ReadAll()
    {
        foreach (var (stored, where, damage, mayFollowGap) in _journals.Check(_entity.PersistenceId))
        {
            if (damage is not null)
            {
                Find(where, null, damage);
                _fold = null;
                continue;
            }
            FoldGone(stored.SequenceNr - 1);
            Take(stored, where, mayFollowGap);
        }
        FoldGone(long.MaxValue);
        var highest = Highest();
        while (_snapshots.TryDequeue(out var snapshot))
        {
            if (snapshot.SequenceNr > highest)
                Find("table snapshot", snapshot.SequenceNr, $"the snapshot is ahead of the journal, which ends with {highest}: events are lost");
            else
                _ = Decode(snapshot);
        }
    }

    private long Highest()
    {
        try
        {
            return Math.Max(_last, _journals.HighestSequenceNr(_entity.PersistenceId));
        }
        catch (JournalCorruptedException)
        {
            // What is damaged has been found already.
            return _last;
        }
    }

    /// <summary>Folds what is known of gone entries up to a number.</summary>
    private void FoldGone(long to)
    {
        while (_gone.TryPeek(out var head) && head.SequenceNr <= to)
        {
            _gone.Dequeue();
            if (head.SequenceNr > _last)
                Follow(head, Decode(head, "history"), "history", mayFollowGap: true);
        }
    }

    private void Take(StoredEvent stored, string where, bool mayFollowGap)
    {
        _events++;
        var journaled = Decode(stored, where);
        if (journaled is BatchAppended batch && Fault(batch.Batch) is { } fault)
            Find(where, stored.SequenceNr, fault);
        // Where compaction changed it the state follows from what was appended.
        if (_gone.TryPeek(out var head) && head.SequenceNr == stored.SequenceNr)
            Follow(_gone.Dequeue(), Decode(head, "history"), "history", mayFollowGap);
        else
            Follow(stored, journaled, where, mayFollowGap);
    }

    private void Follow(StoredEvent stored, IJournaled? journaled, string where, bool mayFollowGap)
    {
        var first = journaled is IStandsForEarlier folded ? folded.FirstSequenceNr : stored.SequenceNr;
        if (!_hasBegun)
            Begin(first);
        else if (first != _last + 1)
            Gap(first, where, mayFollowGap);
        _hasBegun = true;
        _last = stored.SequenceNr;
        if (journaled is null)
        {
            _fold = null;
            return;
        }
        Apply(journaled, stored, where);
        while (_snapshots.TryPeek(out var snapshot) && snapshot.SequenceNr <= stored.SequenceNr)
            Compare(_snapshots.Dequeue(), stored.SequenceNr);
    }

    private void Begin(long first)
    {
        if (first == 1)
        {
            _fold = JournalIds.FoldOf(_entity.PersistenceId);
            return;
        }
        while (_snapshots.TryPeek(out var snapshot) && snapshot.SequenceNr < first)
        {
            Restore(_snapshots.Dequeue(), first);
        }
        if (_fold is null && !_snapshots.Any())
            Find("table snapshot", first, $"the events before {first} are deleted and no snapshot stands for them");
    }

    private void Gap(long first, string where, bool mayFollowGap)
    {
        // Behind damage the gap is that damage; and what compaction took may be gone from the history too.
        if (first <= _last || (!mayFollowGap && (_fold is not null || _findings.Count == 0)))
            Find(where, first, first <= _last ? $"comes after {_last}" : $"sequence numbers {_last + 1} to {first - 1} are missing");
        _fold = null;
        while (_snapshots.TryPeek(out var snapshot) && snapshot.SequenceNr < first)
            Restore(_snapshots.Dequeue(), first);
    }

    private void Restore(StoredSnapshot snapshot, long first)
    {
        if (Decode(snapshot) is not { } state || snapshot.SequenceNr + 1 != first)
            return;
        _fold = JournalIds.FoldOf(_entity.PersistenceId);
        _fold.Restore(state);
    }

    private void Apply(IJournaled journaled, StoredEvent stored, string where)
    {
        try
        {
            _fold?.Apply(journaled, stored.SequenceNr);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            Find(where, stored.SequenceNr, $"{journaled.GetType().Name} does not follow from the state before: {cause.Message.ReplaceLineEndings(" ")}");
            _fold = null;
        }
    }

    private void Compare(StoredSnapshot snapshot, long sequenceNr)
    {
        if (Decode(snapshot) is not { } stored)
            return;
        if (_fold is not null && snapshot.SequenceNr == sequenceNr && SnapshotForm.Difference(_fold.ToSnapshot(), stored) is { } difference)
            Find("table snapshot", snapshot.SequenceNr, $"the snapshot is not what the events lead to: {difference}");
        // Behind damage the next snapshot is where the state is known again; and a partition forgets producers without an event.
        if (snapshot.SequenceNr != sequenceNr)
            return;
        _fold = JournalIds.FoldOf(_entity.PersistenceId);
        _fold.Restore(stored);
    }

    private IJournaled? Decode(StoredEvent stored, string where)
    {
        try
        {
            return Journals.Decode(stored);
        }
        catch (Exception cause) when (IsUnreadable(cause))
        {
            Find(where, stored.SequenceNr, $"cannot be read: {cause.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private IJournaled? Decode(StoredSnapshot stored)
    {
        try
        {
            return Journals.Decode(stored);
        }
        catch (Exception cause) when (IsUnreadable(cause))
        {
            Find("table snapshot", stored.SequenceNr, $"cannot be read: {cause.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private static bool IsUnreadable(Exception cause) =>
        cause is SerializationException or Google.Protobuf.InvalidProtocolBufferException or KafkaProtocolException or ArgumentException or IndexOutOfRangeException;

    /// <summary>What is wrong with a batch in itself; the journal's CRC says only that it is as it was written.</summary>
    private static string? Fault(RecordBatch batch)
    {
        if (batch.Length < RecordBatch.HeaderSize || RecordBatch.ReadLength(batch.Bytes.Span) != batch.Length)
            return $"a batch of {batch.Length} bytes says that it has {RecordBatch.ReadLength(batch.Bytes.Span)}";
        return Crc32C.Compute(batch.Bytes.Span[RecordBatch.CrcStart..]) == batch.Crc ? null : $"the batch at offset {batch.BaseOffset} fails its CRC";
    }

    private void Find(string where, long? sequenceNr, string what) => _findings.Add(new(_entity.Title, where, sequenceNr, what));
}
