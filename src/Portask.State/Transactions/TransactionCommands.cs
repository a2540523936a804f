using Portask.Protocol;

namespace Portask.State.Transactions;

/// <summary>Something asked of a transactional id, or a time that came.</summary>
public abstract record TransactionCommand;

/// <param name="Expected">What the producer says it is (KIP-360), or none.</param>
/// <param name="FreshProducerId">An id that nobody had, for the first producer and for one whose epochs are used up.</param>
public sealed record InitProducer(int TimeoutMs, ProducerIdAndEpoch Expected, long FreshProducerId) : TransactionCommand;

public sealed record AddPartitions(ProducerIdAndEpoch Producer, IReadOnlyList<TransactionPartition> Partitions) : TransactionCommand;

/// <summary>Asks whether partitions are in the open transaction, without adding them (KIP-890).</summary>
public sealed record VerifyPartitions(ProducerIdAndEpoch Producer, IReadOnlyList<TransactionPartition> Partitions) : TransactionCommand;

public sealed record AddGroup(ProducerIdAndEpoch Producer, string GroupId) : TransactionCommand;

/// <summary>Asks whether a group is in the open transaction, without adding it.</summary>
public sealed record VerifyGroup(ProducerIdAndEpoch Producer, string GroupId) : TransactionCommand;

/// <param name="RaisesEpoch">Transactions version 2 (KIP-890): the producer goes on under the next epoch.</param>
/// <param name="FreshProducerId">An id that nobody had, for when the epochs are used up; -1 to be asked for one only then.</param>
public sealed record EndTransaction(ProducerIdAndEpoch Producer, bool Commits, bool RaisesEpoch, long FreshProducerId) : TransactionCommand;

/// <summary>Every partition and group has its marker.</summary>
public sealed record MarkersWritten : TransactionCommand;

/// <summary>A transaction may have been open for its timeout.</summary>
public sealed record CheckTimeout : TransactionCommand;

/// <summary>The id may have been unused for transactional.id.expiration.ms.</summary>
public sealed record CheckExpiry : TransactionCommand;

/// <summary>What a transactional id answers.</summary>
/// <param name="Producer">The producer to go on with, where the command has one to tell.</param>
/// <param name="NeedsFreshProducerId">The command has to come again with a fresh producer id.</param>
public readonly record struct TransactionReply(ErrorCode Error, ProducerIdAndEpoch Producer, bool NeedsFreshProducerId = false)
{
    /// <summary>The answer without a producer.</summary>
    public static TransactionReply Of(ErrorCode error) => new(error, ProducerIdAndEpoch.None);
}

/// <summary>What follows from a command: the events to journal, and the reply once they are.</summary>
public readonly record struct TransactionDecision(ITransactionJournaled? Event, TransactionReply Reply);

/// <summary>The broker's settings of transactions. Times in ms.</summary>
public sealed record TransactionSettings
{
    /// <summary>Longest timeout that a producer may ask for (transaction.max.timeout.ms).</summary>
    public int MaxTimeoutMs { get; init; } = 900_000;

    /// <summary>How long an unused transactional id is remembered (transactional.id.expiration.ms).</summary>
    public long ExpirationMs { get; init; } = 604_800_000;
}
