using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using PartitionAnswer = Portask.Protocol.Messages.DescribeProducersResponsePartitionResponse;

namespace Portask.Broker.Handlers;

/// <summary>DescribeProducers (key 61, v0; KIP-664): the producers that partitions remember, and which have a transaction open.</summary>
public sealed class DescribeProducersHandler(PartitionClient partitions, IMetadataView topics)
    : Handler<DescribeProducersRequest, DescribeProducersResponse>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 0);

    /// <inheritdoc/>
    public override DescribeProducersResponse Refuse(DescribeProducersRequest request, ErrorCode code, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => new DescribeProducersResponseTopicResponse
        {
            Name = topic.Name,
            Partitions = [.. topic.PartitionIndexes.Select(partition => Failed(partition, code))],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<DescribeProducersResponse?> HandleAsync(DescribeProducersRequest request, RequestContext context)
    {
        var response = new DescribeProducersResponse();
        foreach (var asked in request.Topics)
        {
            var topic = topics.Find(asked.Name);
            response.Topics.Add(new DescribeProducersResponseTopicResponse
            {
                Name = asked.Name,
                Partitions = await GroupClient
                    .ForEachAsync(asked.PartitionIndexes, partition => DescribeAsync(topic, partition, context))
                    .ConfigureAwait(false),
            });
        }
        return response;
    }

    private async Task<PartitionAnswer> DescribeAsync(TopicMetadata? topic, int partition, RequestContext context)
    {
        if (topic is null || partition < 0 || partition >= topic.PartitionCount)
            return Failed(partition, ErrorCode.UnknownTopicOrPartition);
        var described = await partitions
            .AskAsync(topic.Id, partition, DescribeProducers.Instance, error => new ProducersDescribed([], error), Patience, context.Closing)
            .ConfigureAwait(false);
        return described.Error != ErrorCode.None ? Failed(partition, described.Error) : new PartitionAnswer
        {
            PartitionIndex = partition,
            ActiveProducers = [.. described.Producers.Select(one => new DescribeProducersResponseProducerState
            {
                ProducerId = one.Producer.ProducerId,
                ProducerEpoch = one.Producer.Epoch,
                LastSequence = one.Producer.Batches.Count > 0 ? one.Producer.Batches[^1].LastSequence : -1,
                LastTimestamp = one.Producer.LastMs,
                CoordinatorEpoch = one.Producer.CoordinatorEpoch,
                CurrentTxnStartOffset = one.TransactionStart,
            })],
        };
    }

    private static PartitionAnswer Failed(int partition, ErrorCode code) => new() { PartitionIndex = partition, ErrorCode = code };
}
