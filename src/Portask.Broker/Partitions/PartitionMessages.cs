using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>Starts a partition and asks for its epoch. Answered with <see cref="PartitionAwake"/> once the epoch is journaled.</summary>
public sealed record WakePartition : ICrossesNodes
{
    public static readonly WakePartition Instance = new();
}

/// <summary>The partition serves under this leader epoch.</summary>
public sealed record PartitionAwake(Guid TopicId, int Partition, int LeaderEpoch) : ICrossesNodes;

/// <summary>Removes a partition's journal and snapshots and stops it. Answered with <see cref="PartitionDeleted"/>; may be repeated.</summary>
public sealed record DeletePartition : ICrossesNodes
{
    public static readonly DeletePartition Instance = new();
}

/// <summary>Nothing of the partition is left in the journals.</summary>
public sealed record PartitionDeleted(Guid TopicId, int Partition) : ICrossesNodes;

/// <summary>
/// Appends one batch whose header and CRC were checked. The partition writes offset, epoch and perhaps its time into the
/// bytes, which therefore belong to it from now on. Answered with <see cref="AppendReply"/>.
/// </summary>
/// <param name="Acks">0 and 1 are answered once written, -1 once on disk.</param>
/// <param name="LogAppendTime">Whether records get the broker's time (message.timestamp.type).</param>
/// <param name="Transaction">The transaction of a transactional batch, null for any other.</param>
public sealed record AppendBatch(ReadOnlyMemory<byte> Bytes, short Acks, bool LogAppendTime, AppendTransaction? Transaction = null);

/// <summary>What a produce request says of its transaction.</summary>
/// <param name="AddsPartition">Produce 12 and up: the first batch adds its partition to the transaction (KIP-890).</param>
/// <param name="KnowsAbortable">Produce 11 and up: the producer aborts on TRANSACTION_ABORTABLE.</param>
public sealed record AppendTransaction(string TransactionalId, bool AddsPartition, bool KnowsAbortable);

/// <summary>What became of an <see cref="AppendBatch"/>.</summary>
/// <param name="LogAppendTimeMs">The time that all its records got, -1 where they keep their own.</param>
public sealed record AppendReply(ErrorCode Error, long BaseOffset, long LogAppendTimeMs, long LogStartOffset)
{
    /// <summary>The answer to a batch that was not taken.</summary>
    public static AppendReply Refused(ErrorCode error) => new(error, -1, -1, -1);
}

/// <summary>Deletes records before an offset; -1 is the high watermark. Answered with <see cref="RecordsDeleted"/>.</summary>
public sealed record DeleteRecordsBefore(long Offset);

/// <summary>Where the log starts after a <see cref="DeleteRecordsBefore"/>.</summary>
public sealed record RecordsDeleted(ErrorCode Error, long LowWatermark);

/// <summary>Asks a partition for the producers that it remembers. Answered with <see cref="ProducersDescribed"/>.</summary>
public sealed record DescribeProducers
{
    public static readonly DescribeProducers Instance = new();
}

/// <summary>The producers that a partition remembers.</summary>
public sealed record ProducersDescribed(IReadOnlyList<DescribedProducer> Producers, ErrorCode Error = ErrorCode.None);

/// <summary>A producer as a partition knows it.</summary>
/// <param name="TransactionStart">Offset of the first record of its open transaction, -1 without one.</param>
public sealed record DescribedProducer(ProducerSnapshot Producer, long TransactionStart);

/// <summary>Has a partition look at whether compaction is due, and run it. Answered with <see cref="LogCleaned"/> when there is nothing left to wait for.</summary>
public sealed record CleanLog
{
    public static readonly CleanLog Instance = new();
}

/// <summary>A pass of compaction has ended, or none was due.</summary>
/// <param name="FirstDirtyOffset">Offset before which the log is compacted.</param>
public sealed record LogCleaned(long FirstDirtyOffset);

/// <summary>Has a partition apply retention.ms and retention.bytes now.</summary>
public sealed record ApplyRetention
{
    public static readonly ApplyRetention Instance = new();
}
