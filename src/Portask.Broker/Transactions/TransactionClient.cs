using Akka.Actor;
using Portask.Broker.Groups;
using Portask.Protocol;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>How handlers and partitions reach the coordinator of a transactional id.</summary>
/// <param name="region">The transactions region, known once it has started.</param>
public sealed class TransactionClient(Func<IActorRef> region)
{
    /// <summary>Longest transactional id: its journal's id must fit the 255 characters that SQL journals give it.</summary>
    public const int MaxIdLength = 243;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether a producer can have this id.</summary>
    public static bool IsTransactionalId(string id) => id.Length is > 0 and <= MaxIdLength;

    /// <summary>Sends offsets to a group by the coordinator of their transaction.</summary>
    public async Task<PartitionsReply> CommitOffsetsAsync(string transactionalId, ForwardOffsets forward, CancellationToken cancellation)
    {
        PartitionsReply Refused(ErrorCode error) => new(error, [.. forward.Commit.Offsets.Select(_ => error)]);
        if (!IsTransactionalId(transactionalId))
            return Refused(ErrorCode.InvalidRequest);
        return await AskAsync<object>(TransactionRegion.To(transactionalId, forward), cancellation).ConfigureAwait(false) switch
        {
            PartitionsReply reply => reply,
            OffsetsRefused refused => Refused(refused.Error),
            GroupUnavailable unavailable => Refused(unavailable.Error),
            _ => Refused(ErrorCode.CoordinatorNotAvailable),
        };
    }

    /// <summary>Runs a command; CoordinatorNotAvailable when there is no answer, which clients retry.</summary>
    public async Task<TransactionReply> RunAsync(string transactionalId, TransactionCommand command, CancellationToken cancellation)
    {
        if (!IsTransactionalId(transactionalId))
            return TransactionReply.Of(ErrorCode.InvalidRequest);
        var answer = await AskAsync<object>(TransactionRegion.To(transactionalId, command), cancellation).ConfigureAwait(false);
        return answer is TransactionReply reply ? reply : TransactionReply.Of(ErrorCode.CoordinatorNotAvailable);
    }

    /// <summary>Asks for a partition to be in a transaction; the answer comes to the partition by its region.</summary>
    public void Join(string transactionalId, JoinPartition join) =>
        region().Tell(TransactionRegion.To(transactionalId, join), ActorRefs.NoSender);

    /// <summary>What a coordinator knows of its id, which this wakes; null when it does not answer.</summary>
    public Task<TransactionDescription?> DescribeAsync(string transactionalId, CancellationToken cancellation) =>
        AskAsync<TransactionDescription>(TransactionRegion.To(transactionalId, DescribeTransaction.Instance), cancellation);

    /// <summary>All transactional ids, used since the start or not; null when the directory does not answer.</summary>
    public Task<KnownTransactionalIds?> ListAsync(CancellationToken cancellation) =>
        AskAsync<KnownTransactionalIds>(TransactionRegion.ToDirectory(GetTransactionalIds.Instance), cancellation);

    /// <summary>Starts the coordinators of all ids, so that what a crash left open or half ended is ended without its producer.</summary>
    public async Task WakeAllAsync(CancellationToken cancellation)
    {
        KnownTransactionalIds? known;
        while ((known = await ListAsync(cancellation).ConfigureAwait(false)) is null)
            cancellation.ThrowIfCancellationRequested();
        await GroupClient.ForEachAsync(known.TransactionalIds, id => DescribeAsync(id, cancellation)).ConfigureAwait(false);
    }

    private async Task<T?> AskAsync<T>(object envelope, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await region().Ask<T>(envelope, Patience, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
