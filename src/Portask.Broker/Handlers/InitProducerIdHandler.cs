using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Broker.Handlers;

/// <summary>
/// InitProducerId (key 22, v0-5) for idempotent and transactional producers (KIP-98). v3: a producer may ask for its next
/// epoch (KIP-360). v4: PRODUCER_FENCED.
/// </summary>
public sealed class InitProducerIdHandler(ProducerIdAllocator producerIds, TransactionClient transactions)
    : Handler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const short FirstWithFenced = 4;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 5);

    /// <inheritdoc/>
    public override InitProducerIdResponse Refuse(InitProducerIdRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code, ProducerId = -1, ProducerEpoch = -1 };

    /// <inheritdoc/>
    public override async ValueTask<InitProducerIdResponse?> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        if (request.ProducerId < 0 != request.ProducerEpoch < 0)
            return Refuse(request, ErrorCode.InvalidRequest, context);
        if (await producerIds.NextAsync(context.Closing).ConfigureAwait(false) is not { } fresh)
            return Refuse(request, ErrorCode.CoordinatorNotAvailable, context);
        // An idempotent producer that asks with an id gets a new one, as from Kafka: nobody but a coordinator can raise an epoch.
        if (request.TransactionalId is null)
            return new InitProducerIdResponse { ProducerId = fresh, ProducerEpoch = 0 };
        var expected = new ProducerIdAndEpoch(request.ProducerId, request.ProducerEpoch);
        var reply = await transactions
            .RunAsync(request.TransactionalId, new InitProducer(request.TransactionTimeoutMs, expected, fresh), context.Closing)
            .ConfigureAwait(false);
        if (reply.Error == ErrorCode.ProducerFenced && context.Version < FirstWithFenced)
            return Refuse(request, ErrorCode.InvalidProducerEpoch, context);
        return reply.Error == ErrorCode.None
            ? new InitProducerIdResponse { ProducerId = reply.Producer.ProducerId, ProducerEpoch = reply.Producer.Epoch }
            : Refuse(request, reply.Error, context);
    }
}
