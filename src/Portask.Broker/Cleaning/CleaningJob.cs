using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.Broker.Cleaning;

/// <summary>One pass of compaction over a partition, with what the partition knows when it begins.</summary>
/// <param name="JournalId">Persistence id of the partition.</param>
/// <param name="Plan">What is to be done, and in which segments.</param>
/// <param name="FirstDirtyOffset">Offset before which the log is compacted.</param>
/// <param name="DirtySequenceNr">The journal's sequence number at or before that offset.</param>
public sealed record CleaningJob(
    string JournalId,
    CleaningPlan Plan,
    CleaningRules Rules,
    long LogStartOffset,
    long LogEndOffset,
    long FirstDirtyOffset,
    long DirtySequenceNr,
    AbortedTransactions Aborted)
{
    /// <summary>The pass over a partition as it is now.</summary>
    public static CleaningJob Of(string journalId, PartitionState state, CleaningPlan plan, CleaningRules rules) => new(
        journalId,
        plan,
        rules,
        state.LogStartOffset,
        state.NextOffset,
        state.FirstDirtyOffset,
        state.Index.Floor(state.FirstDirtyOffset)?.SequenceNr ?? plan.LastSequenceNr + 1,
        state.Transactions.Aborted);
}
