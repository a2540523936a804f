using Akka.Persistence;

namespace Portask.Testing.Memory;

/// <summary>A snapshot as it would stand on a disk.</summary>
internal readonly record struct MemorySnapshot(long SequenceNr, DateTime Timestamp, int SerializerId, string Manifest, byte[] Payload);

/// <summary>The snapshots of one persistence id.</summary>
internal sealed class MemorySnapshots
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, MemorySnapshot> _snapshots = [];

    /// <summary>Keeps a snapshot in the place of one of the same number.</summary>
    public void Save(MemorySnapshot snapshot)
    {
        lock (_gate)
            _snapshots[snapshot.SequenceNr] = snapshot;
    }

    /// <summary>The newest one that the criteria let through.</summary>
    public MemorySnapshot? Latest(SnapshotSelectionCriteria criteria)
    {
        lock (_gate)
        {
            var within = _snapshots.Values.Where(snapshot => Matches(criteria, snapshot)).ToList();
            return within.Count == 0 ? null : within[^1];
        }
    }

    /// <summary>Forgets those that the criteria let through.</summary>
    public void Delete(SnapshotSelectionCriteria criteria)
    {
        lock (_gate)
        {
            foreach (var snapshot in _snapshots.Values.Where(snapshot => Matches(criteria, snapshot)).ToList())
                _snapshots.Remove(snapshot.SequenceNr);
        }
    }

    private static bool Matches(SnapshotSelectionCriteria criteria, MemorySnapshot snapshot) =>
        snapshot.SequenceNr <= criteria.MaxSequenceNr && snapshot.SequenceNr >= criteria.MinSequenceNr && snapshot.Timestamp <= criteria.MaxTimeStamp;
}
