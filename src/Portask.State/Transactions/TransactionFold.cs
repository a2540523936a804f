namespace Portask.State.Transactions;

/// <summary>A transactional id, folded.</summary>
public sealed class TransactionFold : Fold
{
    /// <summary>The state so far.</summary>
    public TransactionState State { get; private set; } = TransactionState.None;

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot) => State = TransactionState.From((TransactionSnapshot)snapshot);

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => State = State.Apply((ITransactionJournaled)journaled);

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => State.ToSnapshot();
}
