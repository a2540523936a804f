using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>InitProducerId (key 22, v0-5) for idempotent producers (KIP-98). v3: a producer may ask for its next epoch (KIP-360).</summary>
public sealed class InitProducerIdHandler(ProducerIdAllocator producerIds) : Handler<InitProducerIdRequest, InitProducerIdResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 5);

    /// <inheritdoc/>
    public override InitProducerIdResponse Refuse(InitProducerIdRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code, ProducerId = -1, ProducerEpoch = -1 };

    /// <inheritdoc/>
    public override async ValueTask<InitProducerIdResponse?> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        if (request.TransactionalId is not null)
            return Refuse(request, ErrorCode.InvalidRequest, context);
        // An idempotent producer that asks with an id gets a new one, as from Kafka: nobody but a coordinator can raise an epoch.
        var producerId = await producerIds.NextAsync(context.Closing).ConfigureAwait(false);
        return new InitProducerIdResponse { ProducerId = producerId, ProducerEpoch = 0 };
    }
}
