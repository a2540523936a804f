namespace Portask.State.Transactions;

/// <summary>The list of all transactional ids, folded.</summary>
public sealed class TransactionDirectoryFold : Fold
{
    private readonly SortedSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>The ids so far.</summary>
    public IReadOnlyCollection<string> TransactionalIds => _ids;

    /// <inheritdoc/>
    public override void Restore(IJournaled snapshot)
    {
        _ids.Clear();
        _ids.UnionWith(((TransactionDirectorySnapshot)snapshot).TransactionalIds);
    }

    /// <inheritdoc/>
    public override void Apply(IJournaled journaled, long sequenceNr) => _ = journaled switch
    {
        TransactionalIdListed e => _ids.Add(e.TransactionalId),
        TransactionalIdUnlisted e => _ids.Remove(e.TransactionalId),
        _ => throw new InvalidOperationException($"The directory of transactional ids does not know the event {journaled.GetType().Name}"),
    };

    /// <inheritdoc/>
    public override IJournaled ToSnapshot() => new TransactionDirectorySnapshot([.. _ids]);
}
