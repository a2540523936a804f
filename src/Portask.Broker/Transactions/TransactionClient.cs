using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Protocol;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>How handlers and partitions reach the coordinator of a transactional id: clients where it runs, partitions wherever that is.</summary>
/// <param name="region">The transactions region, known once it has started.</param>
/// <param name="local">The coordinators that run here.</param>
public sealed class TransactionClient(Func<IActorRef> region, CoordinatorClient local)
{
    /// <summary>Longest transactional id: its journal's id must fit the 255 characters that SQL journals give it.</summary>
    public const int MaxIdLength = 243;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether a producer can have this id.</summary>
    public static bool IsTransactionalId(string id) => id.Length is > 0 and <= MaxIdLength;

    /// <summary>The broker on which the coordinator of a transactional id runs; null when that cannot be told now.</summary>
    public Task<int?> LocateAsync(string transactionalId, CancellationToken cancellation) => local.LocateAsync(transactionalId, cancellation);

    /// <summary>Sends offsets to a group by the coordinator of their transaction; those of a large request in several messages, whose transaction is one.</summary>
    public async Task<PartitionsReply> CommitOffsetsAsync(string transactionalId, ForwardOffsets forward, CancellationToken cancellation)
    {
        var errors = new List<ErrorCode>(forward.Commit.Offsets.Count);
        foreach (var some in MessageBound.Cut(forward.Commit.Offsets, MessageBound.SizeOf))
        {
            var reply = await CommitSomeAsync(transactionalId, forward with { Commit = forward.Commit with { Offsets = some } }, cancellation).ConfigureAwait(false);
            errors.AddRange(reply.Partitions);
        }
        return new(ErrorCode.None, errors);
    }

    private async Task<PartitionsReply> CommitSomeAsync(string transactionalId, ForwardOffsets forward, CancellationToken cancellation)
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

    /// <summary>Runs a command of a client; NotCoordinator where the coordinator is on another node, CoordinatorNotAvailable when there is no answer.</summary>
    public async Task<TransactionReply> RunAsync(string transactionalId, TransactionCommand command, CancellationToken cancellation)
    {
        if (!IsTransactionalId(transactionalId))
            return TransactionReply.Of(ErrorCode.InvalidRequest);
        var answer = await local.AskAsync(transactionalId, command, Patience, cancellation).ConfigureAwait(false);
        return answer is TransactionReply reply ? reply : TransactionReply.Of(CoordinatorClient.ErrorOf(answer));
    }

    /// <summary>Asks for a partition to be in a transaction, on whichever node; the answer comes to the partition by its region.</summary>
    public void Join(string transactionalId, JoinPartition join) =>
        region().Tell(TransactionRegion.To(transactionalId, join), ActorRefs.NoSender);

    /// <summary>What a coordinator that runs here knows of its id, or why there is no answer.</summary>
    public async Task<(TransactionDescription? Found, ErrorCode Error)> DescribeAsync(string transactionalId, CancellationToken cancellation)
    {
        var answer = await local.AskAsync(transactionalId, DescribeTransaction.Instance, Patience, cancellation).ConfigureAwait(false);
        return answer is TransactionDescription found ? (found, ErrorCode.None) : (null, CoordinatorClient.ErrorOf(answer));
    }

    /// <summary>
    /// The transactional ids that this node serves, used since the start or not: in a cluster those whose coordinators run here,
    /// as each broker lists its own. Null when the directory does not answer.
    /// </summary>
    public async Task<IReadOnlyCollection<string>?> ListAsync(CancellationToken cancellation)
    {
        if (local.IsClustered)
            return local.Local;
        var known = await AskAsync<KnownTransactionalIds>(TransactionRegion.ToDirectory(GetTransactionalIds.Instance), cancellation).ConfigureAwait(false);
        return known?.TransactionalIds;
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
