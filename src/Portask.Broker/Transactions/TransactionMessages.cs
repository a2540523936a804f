using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>Has a partition write the marker that ends a producer's transaction. Answered with <see cref="MarkerWritten"/> once it is on disk; may be repeated.</summary>
public sealed record WriteMarker(TransactionPartition Partition, ProducerIdAndEpoch Producer, TransactionMarker Marker);

/// <summary>
/// Offsets of a producer's transaction on their way to a group. They go by the coordinator, which sends them on before any
/// decision that it sends later, so none can come to the group after the end of its transaction.
/// </summary>
/// <param name="Joins">The command that adds or verifies the group.</param>
public sealed record ForwardOffsets(TransactionCommand Joins, string GroupId, CommitTransactionalOffsets Commit);

/// <summary>The coordinator does not take the offsets.</summary>
public sealed record OffsetsRefused(ErrorCode Error);

/// <summary>A group has applied the decision, or could not be reached.</summary>
internal sealed record GroupDecided(string GroupId, bool IsDone);

/// <summary>What became of a <see cref="WriteMarker"/>.</summary>
public sealed record MarkerWritten(TransactionPartition Partition, ErrorCode Error);
