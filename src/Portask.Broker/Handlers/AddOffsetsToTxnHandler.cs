using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;

namespace Portask.Broker.Handlers;

/// <summary>AddOffsetsToTxn (key 25, v0-4): the group's offsets will be committed with the transaction. v2: PRODUCER_FENCED.</summary>
public sealed class AddOffsetsToTxnHandler(TransactionClient transactions) : Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    private const short FirstWithFenced = 2;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 4);

    /// <inheritdoc/>
    public override AddOffsetsToTxnResponse Refuse(AddOffsetsToTxnRequest request, ErrorCode code, RequestContext context) =>
        new() { ErrorCode = code };

    /// <inheritdoc/>
    public override async ValueTask<AddOffsetsToTxnResponse?> HandleAsync(AddOffsetsToTxnRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        var command = new AddGroup(new ProducerIdAndEpoch(request.ProducerId, request.ProducerEpoch), request.GroupId);
        var reply = await transactions.RunAsync(request.TransactionalId, command, context.Closing).ConfigureAwait(false);
        var fencedEarlier = reply.Error == ErrorCode.ProducerFenced && context.Version < FirstWithFenced;
        return Refuse(request, fencedEarlier ? ErrorCode.InvalidProducerEpoch : reply.Error, context);
    }
}
