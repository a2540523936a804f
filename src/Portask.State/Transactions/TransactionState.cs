using System.Collections.Immutable;

namespace Portask.State.Transactions;

/// <summary>The journaled state of a transactional id: a fold of its events and nothing else.</summary>
public sealed record TransactionState
{
    /// <summary>An id that nobody has used.</summary>
    public static readonly TransactionState None = new();

    public TransactionPhase Phase { get; init; }

    /// <summary>The producer that may use the id now.</summary>
    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;

    /// <summary>The producer before a change of epoch that it asked for itself; its repeated request gets the same answer.</summary>
    public ProducerIdAndEpoch Previous { get; init; } = ProducerIdAndEpoch.None;

    /// <summary>The producer that the markers of the last decision name.</summary>
    public ProducerIdAndEpoch Marker { get; init; } = ProducerIdAndEpoch.None;

    /// <summary>Whether the markers' epoch is above that of the records they end.</summary>
    public bool MarkerIsRaised { get; init; }

    /// <summary>How long a transaction may be open, in ms.</summary>
    public int TimeoutMs { get; init; }

    /// <summary>When the open transaction began, in ms since the Unix epoch; -1 when there is none.</summary>
    public long StartMs { get; init; } = -1;

    /// <summary>When anything last changed, in ms since the Unix epoch.</summary>
    public long LastUpdateMs { get; init; }

    /// <summary>The partitions of the transaction, until it is completed.</summary>
    public ImmutableHashSet<TransactionPartition> Partitions { get; init; } = [];

    /// <summary>The groups of the transaction, until it is completed.</summary>
    public ImmutableHashSet<string> Groups { get; init; } = [];

    /// <summary>Whether the outcome is decided and markers are still to be written.</summary>
    public bool IsEnding => Phase is TransactionPhase.PrepareCommit or TransactionPhase.PrepareAbort;

    /// <summary>Folds one event.</summary>
    /// <exception cref="InvalidOperationException">The event does not fit the state: the journal was not written by this machine.</exception>
    public TransactionState Apply(ITransactionJournaled journaled) => journaled switch
    {
        ProducerAssigned e => Assign(e),
        TransactionPartitionsAdded e => Begun(e.AtMs) with { Partitions = Partitions.Union(e.Partitions) },
        TransactionGroupAdded e => Begun(e.AtMs) with { Groups = Groups.Add(e.GroupId) },
        TransactionDecided e => End(e),
        TransactionCompleted e => Complete(e),
        TransactionalIdExpired e => None with { LastUpdateMs = e.AtMs },
        _ => throw new InvalidOperationException($"A transactional id does not know the event {journaled.GetType().Name}"),
    };

    /// <summary>The state as one object for the journal.</summary>
    public TransactionSnapshot ToSnapshot() =>
        new(Phase, Producer, Previous, Marker, TimeoutMs, StartMs, LastUpdateMs, [.. Partitions], [.. Groups], MarkerIsRaised);

    /// <summary>The state that a snapshot was taken of.</summary>
    public static TransactionState From(TransactionSnapshot snapshot) => new()
    {
        Phase = snapshot.Phase,
        Producer = snapshot.Producer,
        Previous = snapshot.Previous,
        Marker = snapshot.Marker,
        TimeoutMs = snapshot.TimeoutMs,
        StartMs = snapshot.StartMs,
        LastUpdateMs = snapshot.LastUpdateMs,
        Partitions = [.. snapshot.Partitions],
        Groups = [.. snapshot.Groups],
        MarkerIsRaised = snapshot.MarkerIsRaised,
    };

    private TransactionState Assign(ProducerAssigned e)
    {
        if (Phase == TransactionPhase.Ongoing || IsEnding)
            throw new InvalidOperationException($"A producer took over a transactional id that is {Phase}");
        return this with
        {
            Phase = TransactionPhase.Empty,
            Producer = e.Producer,
            Previous = e.Previous,
            TimeoutMs = e.TimeoutMs,
            LastUpdateMs = e.AtMs,
        };
    }

    private TransactionState Begun(long atMs)
    {
        if (Phase == TransactionPhase.Dead || IsEnding)
            throw new InvalidOperationException($"A transaction cannot begin while the transactional id is {Phase}");
        var isNew = Phase != TransactionPhase.Ongoing;
        return this with { Phase = TransactionPhase.Ongoing, StartMs = isNew ? atMs : StartMs, LastUpdateMs = atMs };
    }

    private TransactionState End(TransactionDecided e)
    {
        if (Phase == TransactionPhase.Dead || IsEnding)
            throw new InvalidOperationException($"A transaction that is {Phase} cannot be decided");
        return this with
        {
            Phase = e.Commits ? TransactionPhase.PrepareCommit : TransactionPhase.PrepareAbort,
            Marker = e.Marker,
            MarkerIsRaised = e.Marker != Producer,
            Producer = e.Next,
            Previous = e.Previous,
            LastUpdateMs = e.AtMs,
        };
    }

    private TransactionState Complete(TransactionCompleted e)
    {
        if (!IsEnding)
            throw new InvalidOperationException($"A transaction that is {Phase} cannot be completed");
        return this with
        {
            Phase = Phase == TransactionPhase.PrepareCommit ? TransactionPhase.CompleteCommit : TransactionPhase.CompleteAbort,
            StartMs = -1,
            LastUpdateMs = e.AtMs,
            Partitions = [],
            Groups = [],
        };
    }
}
