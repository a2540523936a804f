namespace Portask.State.Transactions;

/// <summary>Where a transactional id stands, in the words that DescribeTransactions uses. Numbers are frozen: snapshots hold them.</summary>
public enum TransactionPhase
{
    /// <summary>Nobody has used the id, or it expired.</summary>
    Dead = 0,

    /// <summary>A producer has it and has begun nothing.</summary>
    Empty = 1,

    /// <summary>A transaction is open.</summary>
    Ongoing = 2,

    /// <summary>It will commit; markers are on their way.</summary>
    PrepareCommit = 3,

    /// <summary>It will abort; markers are on their way.</summary>
    PrepareAbort = 4,

    /// <summary>It committed.</summary>
    CompleteCommit = 5,

    /// <summary>It aborted.</summary>
    CompleteAbort = 6,
}
