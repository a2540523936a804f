using Portask.State.Partitions;

namespace Portask.State.Compaction;

/// <summary>What one pass of compaction goes by, as it was when the pass began.</summary>
/// <param name="LogStartOffset">Records before it are deleted and go.</param>
/// <param name="LogEndOffset">Offset after the last record of the log, which never goes: a reader has to get to the end.</param>
/// <param name="EndOffset">Offset from which on everything stays.</param>
/// <param name="IsWhole">Whether the pass goes over everything before the end; else only over segments in which something expired.</param>
/// <param name="Aborted">The aborted transactions.</param>
/// <param name="NowMs">The time, in ms since the Unix epoch.</param>
/// <param name="DeleteRetentionMs">Time in ms that tombstones and markers stay after their first pass.</param>
/// <param name="MaxBatchBytes">Most bytes that the records of a batch may have when they are decompressed.</param>
public sealed record CleaningScope(
    long LogStartOffset,
    long LogEndOffset,
    long EndOffset,
    bool IsWhole,
    AbortedTransactions Aborted,
    long NowMs,
    long DeleteRetentionMs,
    int MaxBatchBytes);
