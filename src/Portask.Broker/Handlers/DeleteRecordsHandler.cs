using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>DeleteRecords (key 21, v0-2): moves the start of a log forward (KIP-107). Offset -1 is the high watermark.</summary>
public sealed class DeleteRecordsHandler(PartitionClient partitions, IMetadataView topics) : Handler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private const int LeastTimeoutMs = 1_000;
    private const int MostTimeoutMs = 300_000;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 2);

    /// <inheritdoc/>
    public override DeleteRecordsResponse Refuse(DeleteRecordsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => new DeleteRecordsResponseDeleteRecordsTopicResult
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => Result(partition.PartitionIndex, code, -1))],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<DeleteRecordsResponse?> HandleAsync(DeleteRecordsRequest request, RequestContext context)
    {
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(request.TimeoutMs, LeastTimeoutMs, MostTimeoutMs));
        var response = new DeleteRecordsResponse();
        foreach (var asked in request.Topics)
        {
            var topic = topics.Find(asked.Name);
            var answers = asked.Partitions.Select(partition => DeleteAsync(partition, topic, patience, context));
            response.Topics.Add(new DeleteRecordsResponseDeleteRecordsTopicResult
            {
                Name = asked.Name,
                Partitions = [.. await Task.WhenAll(answers).ConfigureAwait(false)],
            });
        }
        return response;
    }

    private async Task<DeleteRecordsResponseDeleteRecordsPartitionResult> DeleteAsync(
        DeleteRecordsRequestDeleteRecordsPartition asked, TopicMetadata? topic, TimeSpan patience, RequestContext context)
    {
        if (topic is null || asked.PartitionIndex < 0 || asked.PartitionIndex >= topic.PartitionCount)
            return Result(asked.PartitionIndex, ErrorCode.UnknownTopicOrPartition, -1);
        // Kafka's rule: what compaction keeps for its keys is not to be cut off by offset.
        if (!topic.Settings.CleanupDelete)
            return Result(asked.PartitionIndex, ErrorCode.PolicyViolation, -1);
        var deleted = await partitions
            .AskAsync(
                topic.Id, asked.PartitionIndex, new DeleteRecordsBefore(asked.Offset), error => new RecordsDeleted(error, -1), patience, context.Closing)
            .ConfigureAwait(false);
        return Result(asked.PartitionIndex, deleted.Error, deleted.LowWatermark);
    }

    private static DeleteRecordsResponseDeleteRecordsPartitionResult Result(int partition, ErrorCode code, long lowWatermark) =>
        new() { PartitionIndex = partition, ErrorCode = code, LowWatermark = lowWatermark };
}
