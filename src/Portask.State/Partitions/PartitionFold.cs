namespace Portask.State.Partitions;

/// <summary>A partition without its records, folded.</summary>
public sealed class PartitionFold : Fold
{
    /// <summary>The state so far.</summary>
    public PartitionState State { get; private set; } = new();

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot) => State = new PartitionState((PartitionSnapshot)snapshot);

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => State.Apply((IPartitionJournaled)journaled, sequenceNr);

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => State.ToSnapshot();
}
