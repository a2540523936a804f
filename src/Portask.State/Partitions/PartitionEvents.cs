using Portask.Protocol.Records;

namespace Portask.State.Partitions;

/// <summary>A batch was appended: the bytes as consumers get them, with base offset and leader epoch stamped.</summary>
/// <param name="AppendMs">The broker's time, in ms since the Unix epoch.</param>
public sealed record BatchAppended(ReadOnlyMemory<byte> Bytes, long AppendMs) : IPartitionJournaled
{
    /// <summary>The batch's header.</summary>
    public RecordBatch Batch => new(Bytes);
}

/// <summary>A node began to lead the partition (KIP-101). The first write of each incarnation, so a stale writer fails on its next one.</summary>
public sealed record LeaderEpochStarted(int Epoch, long StartOffset, int NodeId, long AtMs) : IPartitionJournaled;

/// <summary>Why the log start moved. Numbers are frozen: journals hold them.</summary>
public enum LogStartCause
{
    /// <summary>The journal is older than this field.</summary>
    Unknown = 0,

    /// <summary>retention.ms or retention.bytes.</summary>
    Retention = 1,

    /// <summary>A client asked for it (DeleteRecords).</summary>
    DeleteRecords = 2,
}

/// <summary>Records before an offset are gone, by retention or DeleteRecords.</summary>
public sealed record LogStartOffsetMoved(long Offset, long AtMs, LogStartCause Cause = LogStartCause.Unknown) : IPartitionJournaled;

/// <summary>The active segment ended; what follows is in a new one.</summary>
/// <param name="Offset">The next offset.</param>
public sealed record SegmentRolled(long Offset, long AtMs) : IPartitionJournaled, IBeginsSegment;

/// <summary>Compaction went over the log. What it left is in the journal already, in the place of what was there.</summary>
/// <param name="Ranges">What was written anew, in order.</param>
/// <param name="FirstDirtyOffset">Offset before which the log is compacted.</param>
/// <param name="AbortedBefore">Aborted transactions that ended before this offset have no records left.</param>
/// <param name="BytesBefore">Bytes of the batches of those ranges before it.</param>
/// <param name="BytesAfter">And after it.</param>
/// <param name="RecordsRemoved">Records that went.</param>
public sealed record LogCompacted(
    IReadOnlyList<CompactedRange> Ranges,
    long FirstDirtyOffset,
    long AbortedBefore,
    long BytesBefore,
    long BytesAfter,
    long RecordsRemoved,
    long BeganMs,
    long AtMs) : IPartitionJournaled;

/// <summary>Segments that became one.</summary>
/// <param name="EndOffset">Base offset of the segment that follows.</param>
/// <param name="Segment">The one that they are now.</param>
/// <param name="Points">Where the batches in it are.</param>
public sealed record CompactedRange(long EndOffset, LogSegment Segment, IReadOnlyList<IndexPoint> Points);

/// <summary>A partition as it was at one sequence number, without its records.</summary>
public sealed record PartitionSnapshot(
    long LogStartOffset,
    long NextOffset,
    IReadOnlyList<LeaderEpochStart> Epochs,
    IReadOnlyList<IndexPoint> Index,
    IReadOnlyList<ProducerSnapshot> Producers,
    IReadOnlyList<OpenTransaction> OpenTransactions,
    IReadOnlyList<AbortedTransaction> AbortedTransactions,
    IReadOnlyList<LogSegment> Segments,
    long FirstDirtyOffset) : IPartitionJournaled;

/// <summary>What is remembered of one producer.</summary>
/// <param name="CoordinatorEpoch">Epoch of the coordinator that ended its last transaction here, -1 for none.</param>
public sealed record ProducerSnapshot(long ProducerId, short Epoch, long LastMs, int CoordinatorEpoch, IReadOnlyList<SequencedBatch> Batches);
