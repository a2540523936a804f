using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Handlers;

/// <summary>
/// TxnOffsetCommit (key 28, v0-5): offsets that take effect when the transaction commits. v3: the producer says which member it
/// is (KIP-447). v5: the group is added to the transaction by this (KIP-890).
/// </summary>
public sealed class TxnOffsetCommitHandler(TransactionClient transactions, ShardRegions regions, IMetadataView topics)
    : Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    private const short FirstThatAddsGroup = 5;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 5);

    /// <inheritdoc/>
    public override TxnOffsetCommitResponse Refuse(TxnOffsetCommitRequest request, ErrorCode code, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => new TxnOffsetCommitResponseTopic
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition =>
                new TxnOffsetCommitResponsePartition { PartitionIndex = partition.PartitionIndex, ErrorCode = code })],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<TxnOffsetCommitResponse?> HandleAsync(TxnOffsetCommitRequest request, RequestContext context)
    {
        if (!GroupClient.IsGroupId(request.GroupId))
            return Refuse(request, ErrorCode.InvalidGroupId, context);
        if (await GroupFaultAsync(request.GroupId, context).ConfigureAwait(false) is var fault && fault != ErrorCode.None)
            return Refuse(request, fault, context);
        // A topic that this node does not know may be one that the reader's leader heard of first.
        if (request.Topics.Exists(topic => topics.Find(topic.Name) is null) && !await topics.CatchUpAsync().ConfigureAwait(false))
            return Refuse(request, ErrorCode.CoordinatorLoadInProgress, context);
        var response = Refuse(request, ErrorCode.UnknownTopicOrPartition, context);
        var offsets = new List<OffsetToCommit>();
        var answers = new List<TxnOffsetCommitResponsePartition>();
        for (var i = 0; i < request.Topics.Count; i++)
        {
            var known = topics.Find(request.Topics[i].Name);
            for (var j = 0; j < request.Topics[i].Partitions.Count; j++)
            {
                var partition = request.Topics[i].Partitions[j];
                if (known is null || partition.PartitionIndex < 0 || partition.PartitionIndex >= known.PartitionCount)
                    continue;
                offsets.Add(new OffsetToCommit(
                    new OffsetKey(known.Name, partition.PartitionIndex), known.Id, partition.CommittedOffset, partition.CommittedLeaderEpoch,
                    partition.CommittedMetadata, null));
                answers.Add(response.Topics[i].Partitions[j]);
            }
        }
        if (offsets.Count == 0)
            return response;
        var reply = await transactions
            .CommitOffsetsAsync(request.TransactionalId, Forward(request, offsets, context), context.Closing)
            .ConfigureAwait(false);
        for (var i = 0; i < answers.Count; i++)
            answers[i].ErrorCode = InVersion(reply.Partitions[i], context.Version);
        return response;
    }

    // The request belongs to the group's node, though the transaction's coordinator passes the offsets on.
    private async ValueTask<ErrorCode> GroupFaultAsync(string groupId, RequestContext context)
    {
        if (!regions.LocalGroups.IsClustered)
            return ErrorCode.None;
        var broker = await regions.LocalGroups.LocateAsync(groupId, context.Closing).ConfigureAwait(false);
        return broker is null ? ErrorCode.CoordinatorNotAvailable : broker == regions.LocalGroups.SelfId ? ErrorCode.None : ErrorCode.NotCoordinator;
    }

    private static ForwardOffsets Forward(TxnOffsetCommitRequest request, List<OffsetToCommit> offsets, RequestContext context)
    {
        var producer = new ProducerIdAndEpoch(request.ProducerId, request.ProducerEpoch);
        TransactionCommand joins = context.Version >= FirstThatAddsGroup
            ? new AddGroup(producer, request.GroupId)
            : new VerifyGroup(producer, request.GroupId);
        var commit = new CommitTransactionalOffsets(
            0, request.ProducerId, request.MemberId, request.GroupInstanceId, request.GenerationId, offsets);
        return new ForwardOffsets(joins, request.GroupId, commit);
    }

    // A group tells an outdated producer by this code; PRODUCER_FENCED is for the requests of the coordinator itself.
    private static ErrorCode InVersion(ErrorCode error, short version) => error switch
    {
        ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.InvalidTxnState when version >= FirstThatAddsGroup => ErrorCode.TransactionAbortable,
        // The end of the last transaction is under way; not every producer knows the code for it here.
        ErrorCode.ConcurrentTransactions => ErrorCode.CoordinatorNotAvailable,
        _ => error,
    };
}
