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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Sends offsets to a group by the coordinator of their transaction.</summary>
    public async Task<PartitionsReply> CommitOffsetsAsync(string transactionalId, ForwardOffsets forward, CancellationToken cancellation)
    {
        PartitionsReply Refused(ErrorCode error) => new(error, [.. forward.Commit.Offsets.Select(_ => error)]);
        try
        {
            var answer = await region()
                .Ask<object>(TransactionRegion.To(transactionalId, forward), Patience, cancellation)
                .ConfigureAwait(false);
            return answer switch
            {
                PartitionsReply reply => reply,
                OffsetsRefused refused => Refused(refused.Error),
                GroupUnavailable unavailable => Refused(unavailable.Error),
                _ => Refused(ErrorCode.CoordinatorNotAvailable),
            };
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return Refused(ErrorCode.CoordinatorNotAvailable);
        }
    }

    /// <summary>Runs a command; CoordinatorNotAvailable when there is no answer, which clients retry.</summary>
    public async Task<TransactionReply> RunAsync(string transactionalId, TransactionCommand command, CancellationToken cancellation)
    {
        try
        {
            return await region()
                .Ask<TransactionReply>(TransactionRegion.To(transactionalId, command), Patience, cancellation)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return TransactionReply.Of(ErrorCode.CoordinatorNotAvailable);
        }
    }
}
