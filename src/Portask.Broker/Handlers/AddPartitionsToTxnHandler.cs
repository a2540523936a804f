using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.State.Transactions;
using AskedTopic = Portask.Protocol.Messages.AddPartitionsToTxnRequestAddPartitionsToTxnTopic;
using PartitionResult = Portask.Protocol.Messages.AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult;
using TopicResult = Portask.Protocol.Messages.AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult;

namespace Portask.Broker.Handlers;

/// <summary>
/// AddPartitionsToTxn (key 24, v0-5). v2: PRODUCER_FENCED. v4: many transactions, and asking without adding (KIP-890). A
/// partition that does not exist keeps the others of its transaction from being added.
/// </summary>
public sealed class AddPartitionsToTxnHandler(TransactionClient transactions, IMetadataView topics)
    : Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    private const short FirstWithFenced = 2;
    private const short FirstWithMany = 4;
    private const short FirstWithAbortable = 5;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 5);

    /// <inheritdoc/>
    public override AddPartitionsToTxnResponse Refuse(AddPartitionsToTxnRequest request, ErrorCode code, RequestContext context) =>
        context.Version >= FirstWithMany
            ? new() { ErrorCode = code }
            : new() { ResultsByTopicV3AndBelow = Results(request.V3AndBelowTopics, code, null) };

    /// <inheritdoc/>
    public override async ValueTask<AddPartitionsToTxnResponse?> HandleAsync(AddPartitionsToTxnRequest request, RequestContext context)
    {
        if (context.Version < FirstWithMany)
        {
            var producer = new ProducerIdAndEpoch(request.V3AndBelowProducerId, request.V3AndBelowProducerEpoch);
            return new AddPartitionsToTxnResponse
            {
                ResultsByTopicV3AndBelow = await RunAsync(
                    request.V3AndBelowTransactionalId, producer, request.V3AndBelowTopics, verifyOnly: false, context).ConfigureAwait(false),
            };
        }
        var response = new AddPartitionsToTxnResponse();
        foreach (var transaction in request.Transactions)
        {
            var producer = new ProducerIdAndEpoch(transaction.ProducerId, transaction.ProducerEpoch);
            response.ResultsByTransaction.Add(new AddPartitionsToTxnResponseAddPartitionsToTxnResult
            {
                TransactionalId = transaction.TransactionalId,
                TopicResults = await RunAsync(
                    transaction.TransactionalId, producer, transaction.Topics, transaction.VerifyOnly, context).ConfigureAwait(false),
            });
        }
        return response;
    }

    private async Task<List<TopicResult>> RunAsync(
        string transactionalId, ProducerIdAndEpoch producer, List<AskedTopic> asked, bool verifyOnly, RequestContext context)
    {
        var unknown = new HashSet<(string Topic, int Partition)>();
        var partitions = new List<TransactionPartition>();
        foreach (var topic in asked)
        {
            var known = topics.Find(topic.Name);
            foreach (var partition in topic.Partitions)
            {
                if (known is null || partition < 0 || partition >= known.PartitionCount)
                    unknown.Add((topic.Name, partition));
                else
                    partitions.Add(new(known.Id, partition));
            }
        }
        if (unknown.Count > 0)
            return Results(asked, ErrorCode.OperationNotAttempted, unknown);
        if (verifyOnly)
            return await VerifyAsync(transactionalId, producer, asked, context).ConfigureAwait(false);
        var reply = await transactions.RunAsync(transactionalId, new AddPartitions(producer, partitions), context.Closing).ConfigureAwait(false);
        return Results(asked, InVersion(reply.Error, context.Version), null);
    }

    // Adding takes all or none, but each partition is in a transaction or not.
    private async Task<List<TopicResult>> VerifyAsync(
        string transactionalId, ProducerIdAndEpoch producer, List<AskedTopic> asked, RequestContext context)
    {
        var results = Results(asked, ErrorCode.None, null);
        foreach (var topic in results)
        {
            var id = topics.Find(topic.Name)?.Id ?? Guid.Empty;
            foreach (var partition in topic.ResultsByPartition)
            {
                var verify = new VerifyPartitions(producer, [new(id, partition.PartitionIndex)]);
                var reply = await transactions.RunAsync(transactionalId, verify, context.Closing).ConfigureAwait(false);
                partition.PartitionErrorCode = InVersion(reply.Error, context.Version);
            }
        }
        return results;
    }

    private static ErrorCode InVersion(ErrorCode error, short version) => error switch
    {
        ErrorCode.ProducerFenced when version < FirstWithFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.InvalidTxnState when version >= FirstWithAbortable => ErrorCode.TransactionAbortable,
        _ => error,
    };

    private static List<TopicResult> Results(
        List<AskedTopic> asked, ErrorCode error, HashSet<(string Topic, int Partition)>? unknown) =>
    [
        .. asked.Select(topic => new TopicResult
        {
            Name = topic.Name,
            ResultsByPartition = [.. topic.Partitions.Select(partition => new PartitionResult
            {
                PartitionIndex = partition,
                PartitionErrorCode = unknown?.Contains((topic.Name, partition)) == true ? ErrorCode.UnknownTopicOrPartition : error,
            })],
        }),
    ];
}
