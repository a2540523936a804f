namespace Portask.State.Groups;

/// <summary>A consumer group, folded.</summary>
public sealed class GroupFold : Fold
{
    /// <summary>The state so far.</summary>
    public GroupState State { get; private set; } = GroupState.None;

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot) => State = GroupState.From((GroupSnapshot)snapshot);

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => State = State.Apply((IGroupJournaled)journaled);

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => State.ToSnapshot();
}
