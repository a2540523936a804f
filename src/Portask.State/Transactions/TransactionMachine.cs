using Portask.Protocol;

namespace Portask.State.Transactions;

/// <summary>
/// The coordinator's side of a transaction (KIP-98, KIP-360, KIP-890): decides what a command means. Every command leads to
/// one event at most, so between any two of them the journal holds a state to go on from.
/// </summary>
public static class TransactionMachine
{
    /// <summary>The last epoch that a producer is given; the one above it is kept for fencing.</summary>
    public const short LastEpoch = short.MaxValue - 1;

    /// <summary>What follows from a command in a state.</summary>
    public static TransactionDecision Decide(TransactionState state, TransactionSettings settings, TransactionCommand command, Now now) => command switch
    {
        InitProducer c => Init(state, settings, c, now),
        AddPartitions c => Add(state, c, now),
        VerifyPartitions c => Answer(CheckIn(state, c.Producer, c.Partitions.All(state.Partitions.Contains))),
        AddGroup c => Add(state, c, now),
        VerifyGroup c => Answer(CheckIn(state, c.Producer, state.Groups.Contains(c.GroupId))),
        EndTransaction c => End(state, c, now),
        MarkersWritten => state.IsEnding ? Follows(new TransactionCompleted(now.UnixMs)) : Answer(ErrorCode.None),
        CheckTimeout => IsTimedOut(state, now) ? Follows(Fence(state, ProducerIdAndEpoch.None, "timed out", now)) : Answer(ErrorCode.None),
        CheckExpiry => IsExpired(state, settings, now) ? Follows(new TransactionalIdExpired(now.UnixMs)) : Answer(ErrorCode.None),
        _ => throw new InvalidOperationException($"A transactional id does not know the command {command.GetType().Name}"),
    };

    private static TransactionDecision Init(TransactionState state, TransactionSettings settings, InitProducer c, Now now)
    {
        if (c.TimeoutMs <= 0 || c.TimeoutMs > settings.MaxTimeoutMs)
            return Answer(ErrorCode.InvalidTransactionTimeout);
        if (state.Phase == TransactionPhase.Dead)
            return Assign(new(c.FreshProducerId, 0), ProducerIdAndEpoch.None, c, now);
        if (state.IsEnding)
            return Answer(ErrorCode.ConcurrentTransactions);
        var isCurrent = c.Expected.ProducerId < 0 || c.Expected == state.Producer;
        // The answer that told it the new epoch got lost, be it this one's or that of EndTxn: nothing was done with it yet.
        var isRepeated = c.Expected == state.Previous && state.Phase != TransactionPhase.Ongoing;
        if (!isCurrent && !isRepeated)
            return Answer(ErrorCode.ProducerFenced);
        if (!isCurrent && state.Producer.Epoch <= LastEpoch)
            return new(null, new(ErrorCode.None, state.Producer));
        // What is open has to end first; whoever asks comes again, and is known then by the epoch that it came with.
        if (state.Phase == TransactionPhase.Ongoing)
            return new(Fence(state, c.Expected, "a producer took the transactional id", now), TransactionReply.Of(ErrorCode.ConcurrentTransactions));
        var next = state.Producer.Epoch >= LastEpoch
            ? new ProducerIdAndEpoch(c.FreshProducerId, 0)
            : state.Producer with { Epoch = (short)(state.Producer.Epoch + 1) };
        return Assign(next, c.Expected.ProducerId < 0 ? ProducerIdAndEpoch.None : c.Expected, c, now);
    }

    private static TransactionDecision Assign(ProducerIdAndEpoch producer, ProducerIdAndEpoch previous, InitProducer c, Now now) =>
        new(new ProducerAssigned(producer, previous, c.TimeoutMs, now.UnixMs), new(ErrorCode.None, producer));

    private static TransactionDecision Add(TransactionState state, AddPartitions c, Now now)
    {
        var error = Check(state, c.Producer);
        if (error != ErrorCode.None || (state.Phase == TransactionPhase.Ongoing && c.Partitions.All(state.Partitions.Contains)))
            return Answer(error);
        return Follows(new TransactionPartitionsAdded(c.Partitions, now.UnixMs));
    }

    private static TransactionDecision Add(TransactionState state, AddGroup c, Now now)
    {
        var error = Check(state, c.Producer);
        if (error != ErrorCode.None || (state.Phase == TransactionPhase.Ongoing && state.Groups.Contains(c.GroupId)))
            return Answer(error);
        return Follows(new TransactionGroupAdded(c.GroupId, now.UnixMs));
    }

    private static TransactionDecision End(TransactionState state, EndTransaction c, Now now)
    {
        if (c.RaisesEpoch && IsDecided(state) && c.Producer != state.Producer && c.Producer == state.Previous)
            return Answer(Repeated(state, c.Commits), state.Producer);
        var error = CheckProducer(state, c.Producer);
        if (error != ErrorCode.None)
            return Answer(error);
        if (state.Phase == TransactionPhase.Ongoing)
            return Ended(state, c, now);
        if (!c.RaisesEpoch)
            return Answer(Repeated(state, c.Commits), state.Producer);
        // Under the raised epoch this is about the next transaction, for which the last one has to be over.
        if (state.IsEnding)
            return Answer(ErrorCode.ConcurrentTransactions);
        // Version 2 lets a producer abort what it may never have begun, so that its epoch is raised in any case.
        return c.Commits ? Answer(ErrorCode.InvalidTxnState) : Ended(state, c, now);
    }

    private static bool IsDecided(TransactionState state) =>
        state.IsEnding || state.Phase is TransactionPhase.CompleteCommit or TransactionPhase.CompleteAbort;

    /// <summary>The error for a decision that was asked for before: none once it is carried out.</summary>
    private static ErrorCode Repeated(TransactionState state, bool commits) => (state.Phase, commits) switch
    {
        (TransactionPhase.CompleteCommit, true) or (TransactionPhase.CompleteAbort, false) => ErrorCode.None,
        (TransactionPhase.PrepareCommit, true) or (TransactionPhase.PrepareAbort, false) => ErrorCode.ConcurrentTransactions,
        _ => ErrorCode.InvalidTxnState,
    };

    private static TransactionDecision Ended(TransactionState state, EndTransaction c, Now now)
    {
        const string Reason = TransactionDecided.AskedByProducer;
        var (old, isUsedUp) = (state.Producer, state.Producer.Epoch >= LastEpoch);
        if (!c.RaisesEpoch)
            return new(new TransactionDecided(c.Commits, old, old, ProducerIdAndEpoch.None, Reason, now.UnixMs), new(ErrorCode.None, old));
        if (isUsedUp && c.FreshProducerId < 0)
            return new(null, new(ErrorCode.None, old, NeedsFreshProducerId: true));
        var marker = Raised(old);
        var next = isUsedUp ? new ProducerIdAndEpoch(c.FreshProducerId, 0) : marker;
        return new(new TransactionDecided(c.Commits, marker, next, old, Reason, now.UnixMs), new(ErrorCode.None, next));
    }

    /// <summary>The abort that nobody asked for: a raised epoch keeps the producer from writing on.</summary>
    /// <param name="by">The producer that caused it and may go on under the raised epoch, or none.</param>
    private static TransactionDecided Fence(TransactionState state, ProducerIdAndEpoch by, string reason, Now now)
    {
        var marker = Raised(state.Producer);
        return new TransactionDecided(false, marker, marker, by, reason, now.UnixMs);
    }

    private static ProducerIdAndEpoch Raised(ProducerIdAndEpoch producer) =>
        producer with { Epoch = (short)Math.Min(short.MaxValue, producer.Epoch + 1) };

    private static ErrorCode Check(TransactionState state, ProducerIdAndEpoch producer)
    {
        var error = CheckProducer(state, producer);
        return error == ErrorCode.None && state.IsEnding ? ErrorCode.ConcurrentTransactions : error;
    }

    private static ErrorCode CheckIn(TransactionState state, ProducerIdAndEpoch producer, bool isIn)
    {
        var error = Check(state, producer);
        return error == ErrorCode.None && (state.Phase != TransactionPhase.Ongoing || !isIn) ? ErrorCode.InvalidTxnState : error;
    }

    private static ErrorCode CheckProducer(TransactionState state, ProducerIdAndEpoch producer)
    {
        if (state.Phase == TransactionPhase.Dead || producer.ProducerId != state.Producer.ProducerId)
            return ErrorCode.InvalidProducerIdMapping;
        return producer.Epoch == state.Producer.Epoch ? ErrorCode.None : ErrorCode.ProducerFenced;
    }

    private static bool IsTimedOut(TransactionState state, Now now) =>
        state.Phase == TransactionPhase.Ongoing && state.StartMs + state.TimeoutMs <= now.UnixMs;

    private static bool IsExpired(TransactionState state, TransactionSettings settings, Now now) =>
        state.Phase is TransactionPhase.Empty or TransactionPhase.CompleteCommit or TransactionPhase.CompleteAbort
        && state.LastUpdateMs + settings.ExpirationMs <= now.UnixMs;

    private static TransactionDecision Follows(ITransactionJournaled journaled) => new(journaled, TransactionReply.Of(ErrorCode.None));

    private static TransactionDecision Answer(ErrorCode error) => new(null, TransactionReply.Of(error));

    private static TransactionDecision Answer(ErrorCode error, ProducerIdAndEpoch producer) =>
        new(null, error == ErrorCode.None ? new(error, producer) : TransactionReply.Of(error));
}
