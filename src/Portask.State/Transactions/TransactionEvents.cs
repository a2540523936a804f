namespace Portask.State.Transactions;

/// <summary>A partition by its topic's id, so that a later topic of the same name is another one.</summary>
public readonly record struct TransactionPartition(Guid TopicId, int Partition);

/// <summary>A producer under its epoch.</summary>
public readonly record struct ProducerIdAndEpoch(long ProducerId, short Epoch)
{
    /// <summary>No producer.</summary>
    public static readonly ProducerIdAndEpoch None = new(-1, -1);
}

/// <summary>A producer took the transactional id over (InitProducerId).</summary>
/// <param name="Previous">What it said it was, so that a repeated request gets the same answer; none else.</param>
/// <param name="TimeoutMs">How long its transactions may be open.</param>
public sealed record ProducerAssigned(ProducerIdAndEpoch Producer, ProducerIdAndEpoch Previous, int TimeoutMs, long AtMs) : ITransactionJournaled;

/// <summary>Partitions came into the transaction; the first thing that comes in begins it.</summary>
public sealed record TransactionPartitionsAdded(IReadOnlyList<TransactionPartition> Partitions, long AtMs) : ITransactionJournaled;

/// <summary>A group whose offsets are committed with the transaction.</summary>
public sealed record TransactionGroupAdded(string GroupId, long AtMs) : ITransactionJournaled;

/// <summary>The decision. From here on the outcome stands, whatever fails; the markers follow.</summary>
/// <param name="Marker">The producer that the markers name, under a raised epoch where the old one is to be fenced.</param>
/// <param name="Next">The producer from now on.</param>
/// <param name="Previous">The producer that asked, when it is to be told the same again; none when it was fenced.</param>
/// <param name="Reason">In words: asked by the producer, fenced by another one, timed out.</param>
public sealed record TransactionDecided(
    bool Commits, ProducerIdAndEpoch Marker, ProducerIdAndEpoch Next, ProducerIdAndEpoch Previous, string Reason, long AtMs) : ITransactionJournaled
{
    /// <summary>The reason where nobody was fenced.</summary>
    public const string AskedByProducer = "the producer asked for it";
}

/// <summary>Every partition and group has its marker.</summary>
public sealed record TransactionCompleted(long AtMs) : ITransactionJournaled;

/// <summary>The transactional id was not used for transactional.id.expiration.ms.</summary>
public sealed record TransactionalIdExpired(long AtMs) : ITransactionJournaled;

/// <summary>The whole journaled state of a transactional id.</summary>
public sealed record TransactionSnapshot(
    TransactionPhase Phase,
    ProducerIdAndEpoch Producer,
    ProducerIdAndEpoch Previous,
    ProducerIdAndEpoch Marker,
    int TimeoutMs,
    long StartMs,
    long LastUpdateMs,
    IReadOnlyList<TransactionPartition> Partitions,
    IReadOnlyList<string> Groups,
    bool MarkerIsRaised) : ITransactionJournaled;

/// <summary>The directory of transactional ids learned of an id.</summary>
public sealed record TransactionalIdListed(string TransactionalId) : ITransactionJournaled;

/// <summary>The directory of transactional ids learned that an id expired.</summary>
public sealed record TransactionalIdUnlisted(string TransactionalId) : ITransactionJournaled;

/// <summary>All transactional ids that the directory knows.</summary>
public sealed record TransactionDirectorySnapshot(IReadOnlyList<string> TransactionalIds) : ITransactionJournaled;
