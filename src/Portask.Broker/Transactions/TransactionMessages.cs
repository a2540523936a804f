using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>Has a partition write the marker that ends a producer's transaction. Answered with <see cref="MarkerWritten"/> once it is on disk; may be repeated.</summary>
public sealed record WriteMarker(TransactionPartition Partition, ProducerIdAndEpoch Producer, TransactionMarker Marker);

/// <summary>What became of a <see cref="WriteMarker"/>.</summary>
public sealed record MarkerWritten(TransactionPartition Partition, ErrorCode Error);
