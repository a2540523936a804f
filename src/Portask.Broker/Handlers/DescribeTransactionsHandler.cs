using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;
using DescribedState = Portask.Protocol.Messages.DescribeTransactionsResponseTransactionState;

namespace Portask.Broker.Handlers;

/// <summary>DescribeTransactions (key 65, v0; KIP-664): what the coordinators of some transactional ids know.</summary>
public sealed class DescribeTransactionsHandler(TransactionClient transactions, IMetadataView topics)
    : Handler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override DescribeTransactionsResponse Refuse(DescribeTransactionsRequest request, ErrorCode code, RequestContext context) =>
        new() { TransactionStates = [.. request.TransactionalIds.Select(id => Failed(id, code))] };

    /// <inheritdoc/>
    public override async ValueTask<DescribeTransactionsResponse?> HandleAsync(DescribeTransactionsRequest request, RequestContext context) =>
        new() { TransactionStates = await GroupClient.ForEachAsync(request.TransactionalIds, id => DescribeAsync(id, context)).ConfigureAwait(false) };

    private async Task<DescribedState> DescribeAsync(string id, RequestContext context)
    {
        if (!TransactionClient.IsTransactionalId(id))
            return Failed(id, ErrorCode.InvalidRequest);
        var (found, error) = await transactions.DescribeAsync(id, context.Closing).ConfigureAwait(false);
        if (found is not { State: var state })
            return Failed(id, error);
        if (state.Phase == TransactionPhase.Dead)
            return Failed(id, ErrorCode.TransactionalIdNotFound);
        return new DescribedState
        {
            TransactionalId = id,
            TransactionState = state.Phase.ToString(),
            TransactionTimeoutMs = state.TimeoutMs,
            TransactionStartTimeMs = state.StartMs,
            ProducerId = state.Producer.ProducerId,
            ProducerEpoch = state.Producer.Epoch,
            Topics = [.. state.Partitions
                .GroupBy(partition => topics.Find(partition.TopicId)?.Name)
                .Where(topic => topic.Key is not null)
                .Select(topic => new DescribeTransactionsResponseTopicData
                {
                    Topic = topic.Key!,
                    Partitions = [.. topic.Select(partition => partition.Partition).Order()],
                })],
        };
    }

    private static DescribedState Failed(string id, ErrorCode code) =>
        new() { TransactionalId = id, ErrorCode = code, TransactionState = "", ProducerId = -1, ProducerEpoch = -1, TransactionStartTimeMs = -1 };
}
