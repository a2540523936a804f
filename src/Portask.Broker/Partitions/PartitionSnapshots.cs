using Portask.State;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>Decides when a partition's snapshot is due: a recovery reads at most what came after the last one.</summary>
internal sealed class PartitionSnapshots
{
    private const long BytesBetween = 64L * 1024 * 1024;
    private const int EventsBetween = 10_000;

    private long _bytes;
    private int _events;
    private bool _dueNow;

    /// <summary>Up to which sequence number the journal was told to forget.</summary>
    public long FreedTo { get; set; }

    /// <summary>The sequence number of the newest snapshot that is stored, with which a recovery begins.</summary>
    public long SavedTo { get; set; }

    /// <summary>Recovery began from a snapshot.</summary>
    public void Recovered(long sequenceNr) => (_bytes, _events, SavedTo) = (0, 0, sequenceNr);

    /// <summary>Counts an event that a recovery without a new snapshot would read.</summary>
    public void Note(IPartitionJournaled journaled)
    {
        _events++;
        if (journaled is BatchAppended batch)
            _bytes += batch.Bytes.Length;
    }

    /// <summary>A snapshot is due with the next event.</summary>
    public void DueNow() => _dueNow = true;

    /// <summary>An image of the state when a snapshot is due, else null.</summary>
    public PartitionSnapshot? TakeIfDue(PartitionState state)
    {
        if (!_dueNow && _bytes < BytesBetween && _events < EventsBetween)
            return null;
        (_bytes, _events, _dueNow) = (0, 0, false);
        return state.ToSnapshot();
    }
}
