using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Broker.Handlers;

/// <summary>
/// EndTxn (key 26, v0-5). Answers once the decision is journaled; the markers follow. v2: PRODUCER_FENCED. v5: the producer
/// goes on under the epoch in the answer (KIP-890).
/// </summary>
public sealed class EndTxnHandler(TransactionClient transactions, ProducerIdAllocator producerIds) : Handler<EndTxnRequest, EndTxnResponse>
{
    private const short FirstWithFenced = 2;
    private const short FirstThatRaisesEpoch = 5;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 5);

    /// <inheritdoc/>
    public override EndTxnResponse Refuse(EndTxnRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code, ProducerId = -1, ProducerEpoch = -1 };

    /// <inheritdoc/>
    public override async ValueTask<EndTxnResponse?> HandleAsync(EndTxnRequest request, RequestContext context)
    {
        var producer = new ProducerIdAndEpoch(request.ProducerId, request.ProducerEpoch);
        var command = new EndTransaction(producer, request.Committed, context.Version >= FirstThatRaisesEpoch, -1);
        var reply = await transactions.RunAsync(request.TransactionalId, command, context.Closing).ConfigureAwait(false);
        if (reply.NeedsFreshProducerId)
        {
            if (await producerIds.NextAsync(context.Closing).ConfigureAwait(false) is not { } fresh)
                return Refuse(request, ErrorCode.CoordinatorNotAvailable, context);
            command = command with { FreshProducerId = fresh };
            reply = await transactions.RunAsync(request.TransactionalId, command, context.Closing).ConfigureAwait(false);
        }
        if (reply.Error == ErrorCode.None)
            return new EndTxnResponse { ProducerId = reply.Producer.ProducerId, ProducerEpoch = reply.Producer.Epoch };
        var error = reply.Error == ErrorCode.ProducerFenced && context.Version < FirstWithFenced ? ErrorCode.InvalidProducerEpoch : reply.Error;
        return Refuse(request, error, context);
    }
}
