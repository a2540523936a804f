namespace Portask.State.Topics;

/// <summary>The topics and configs of the cluster, folded.</summary>
public sealed class TopicRegistryFold : Fold
{
    /// <summary>The state so far.</summary>
    public TopicRegistryState State { get; private set; } = TopicRegistryState.Empty;

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot) => State = TopicRegistryState.From((TopicRegistrySnapshot)snapshot);

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => State = State.Apply((ITopicJournaled)journaled);

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => State.ToSnapshot();
}
