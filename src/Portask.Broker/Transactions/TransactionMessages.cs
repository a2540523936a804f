using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>The regions that coordinators speak to.</summary>
/// <param name="Transactions">Their own one, known once it has started.</param>
public sealed record TransactionPeers(IActorRef Partitions, IActorRef Groups, Func<IActorRef> Transactions);

/// <summary>Has a partition write the marker that ends a producer's transaction. Answered with <see cref="MarkerWritten"/> once it is on disk; may be repeated.</summary>
/// <param name="IsRaised">The marker's epoch is above that of the transaction's records, as with every end of version 2.</param>
/// <param name="Decision">Comes back with the answer.</param>
public sealed record WriteMarker(TransactionPartition Partition, ProducerIdAndEpoch Producer, TransactionMarker Marker, bool IsRaised, long Decision) : ICrossesNodes;

/// <summary>What became of a <see cref="WriteMarker"/>.</summary>
public sealed record MarkerWritten(TransactionPartition Partition, ErrorCode Error, long Decision) : ICrossesNodes;

/// <summary>Asks the coordinator whether a partition is in the open transaction, or adds it. Answered with <see cref="PartitionJoined"/>.</summary>
/// <param name="Command">Adds or verifies the partition.</param>
public sealed record JoinPartition(TransactionCommand Command, TransactionPartition Partition, ProducerIdAndEpoch Producer, long Token) : ICrossesNodes;

/// <summary>What the coordinator said of a producer's transaction and a partition.</summary>
/// <param name="Token">That of the question.</param>
public sealed record PartitionJoined(long Token, ProducerIdAndEpoch Producer, ErrorCode Error) : ICrossesNodes;

/// <summary>
/// Offsets of a producer's transaction on their way to a group. They go by the coordinator, which sends them on before any
/// decision that it sends later, so none can come to the group after the end of its transaction.
/// </summary>
/// <param name="Joins">The command that adds or verifies the group.</param>
public sealed record ForwardOffsets(TransactionCommand Joins, string GroupId, CommitTransactionalOffsets Commit) : ICrossesNodes;

/// <summary>The coordinator does not take the offsets.</summary>
public sealed record OffsetsRefused(ErrorCode Error) : ICrossesNodes;

/// <summary>A group has applied the decision, or could not be reached.</summary>
internal sealed record GroupDecided(string GroupId, long Decision, bool IsDone);

/// <summary>Asks a coordinator what it knows. Answered with <see cref="TransactionDescription"/>.</summary>
public sealed record DescribeTransaction
{
    public static readonly DescribeTransaction Instance = new();
}

/// <summary>A transactional id as it stands, Dead when nobody has it.</summary>
public sealed record TransactionDescription(string TransactionalId, TransactionState State);

/// <summary>Tells the directory of a transactional id. Answered with <see cref="TransactionalIdIsListed"/> once it is journaled.</summary>
public sealed record ListTransactionalId(string TransactionalId) : ICrossesNodes;

/// <summary>The directory has the id.</summary>
public sealed record TransactionalIdIsListed : ICrossesNodes
{
    public static readonly TransactionalIdIsListed Instance = new();
}

/// <summary>Tells the directory that a transactional id expired.</summary>
public sealed record UnlistTransactionalId(string TransactionalId) : ICrossesNodes;

/// <summary>Asks the directory for all transactional ids. Answered with <see cref="KnownTransactionalIds"/>.</summary>
public sealed record GetTransactionalIds
{
    public static readonly GetTransactionalIds Instance = new();
}

/// <summary>All transactional ids.</summary>
public sealed record KnownTransactionalIds(IReadOnlyList<string> TransactionalIds);

/// <summary>Has the directory start the coordinators of all ids that do not run.</summary>
public sealed record WakeTransactions : ICrossesNodes
{
    public static readonly WakeTransactions Instance = new();
}
