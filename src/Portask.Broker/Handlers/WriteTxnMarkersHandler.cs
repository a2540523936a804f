using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;
using Portask.State.Transactions;
using AskedMarker = Portask.Protocol.Messages.WriteTxnMarkersRequestWritableTxnMarker;
using PartitionResult = Portask.Protocol.Messages.WriteTxnMarkersResponseWritableTxnMarkerPartitionResult;
using TopicResult = Portask.Protocol.Messages.WriteTxnMarkersResponseWritableTxnMarkerTopicResult;

namespace Portask.Broker.Handlers;

/// <summary>
/// WriteTxnMarkers (key 27, v0-2): ends a transaction in partitions past its coordinator, which is how admin clients abort one
/// that hangs (KIP-664). Answers once the markers are on disk. v2: the marker's epoch is above that of the records (KIP-1228).
/// </summary>
public sealed class WriteTxnMarkersHandler(PartitionClient partitions, IMetadataView topics)
    : Handler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    private const sbyte FirstThatRaises = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override WriteTxnMarkersResponse Refuse(WriteTxnMarkersRequest request, ErrorCode code, RequestContext context) => new()
    {
        Markers = [.. request.Markers.Select(marker => new WriteTxnMarkersResponseWritableTxnMarkerResult
        {
            ProducerId = marker.ProducerId,
            Topics = [.. marker.Topics.Select(topic => new TopicResult
            {
                Name = topic.Name,
                Partitions = [.. topic.PartitionIndexes.Select(partition => new PartitionResult { PartitionIndex = partition, ErrorCode = code })],
            })],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<WriteTxnMarkersResponse?> HandleAsync(WriteTxnMarkersRequest request, RequestContext context)
    {
        var response = Refuse(request, ErrorCode.None, context);
        foreach (var (marker, result) in request.Markers.Zip(response.Markers))
            foreach (var topic in result.Topics)
                await Task.WhenAll(topic.Partitions.Select(partition => WriteAsync(marker, topics.Find(topic.Name), partition, context))).ConfigureAwait(false);
        return response;
    }

    private async Task WriteAsync(AskedMarker asked, TopicMetadata? topic, PartitionResult result, RequestContext context)
    {
        if (topic is null || result.PartitionIndex < 0 || result.PartitionIndex >= topic.PartitionCount)
        {
            result.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return;
        }
        if (asked.ProducerId < 0 || asked.ProducerEpoch < 0)
        {
            result.ErrorCode = ErrorCode.InvalidRequest;
            return;
        }
        // A larger epoch than the coordinators' own would fence them from the partition for ever.
        var marker = new TransactionMarker(asked.TransactionResult, Math.Min(asked.CoordinatorEpoch, TransactionCoordinatorActor.CoordinatorEpoch));
        var write = new WriteMarker(
            new(topic.Id, result.PartitionIndex), new ProducerIdAndEpoch(asked.ProducerId, asked.ProducerEpoch), marker,
            asked.TransactionVersion >= FirstThatRaises, -1);
        var written = await partitions
            .AskAsync(topic.Id, result.PartitionIndex, write, error => new MarkerWritten(write.Partition, error, -1), Patience, context.Closing)
            .ConfigureAwait(false);
        result.ErrorCode = written.Error;
    }
}
