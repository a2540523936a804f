using Portask.Broker.Fetching;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>OffsetForLeaderEpoch (key 23, v0-4): where a leader epoch ended, so that a client sees whether its log was cut (KIP-320).</summary>
public sealed class OffsetForLeaderEpochHandler(PartitionClient partitions, IMetadataView topics)
    : Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 4);

    /// <inheritdoc/>
    public override OffsetForLeaderEpochResponse Refuse(OffsetForLeaderEpochRequest request, ErrorCode code, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => new OffsetForLeaderEpochResponseOffsetForLeaderTopicResult
        {
            Topic = topic.Topic,
            Partitions = [.. topic.Partitions.Select(partition => Failed(partition.Partition, code))],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var asked in request.Topics)
        {
            var topic = topics.Find(asked.Topic);
            var answers = asked.Partitions.Select(partition => EndAsync(partition, topic, context));
            response.Topics.Add(new OffsetForLeaderEpochResponseOffsetForLeaderTopicResult
            {
                Topic = asked.Topic,
                Partitions = [.. await Task.WhenAll(answers).ConfigureAwait(false)],
            });
        }
        return response;
    }

    private async Task<OffsetForLeaderEpochResponseEpochEndOffset> EndAsync(
        OffsetForLeaderEpochRequestOffsetForLeaderPartition asked, TopicMetadata? topic, RequestContext context)
    {
        if (topic is null || asked.Partition < 0 || asked.Partition >= topic.PartitionCount)
            return Failed(asked.Partition, ErrorCode.UnknownTopicOrPartition);
        var (reader, error) = await partitions.ReaderAsync(topic.Id, asked.Partition, context.Closing).ConfigureAwait(false);
        if (reader is null)
            return Failed(asked.Partition, error);
        var fenced = EpochFence.Check(asked.CurrentLeaderEpoch, reader.Epochs);
        if (fenced != ErrorCode.None)
            return Failed(asked.Partition, fenced);
        var (epoch, end) = reader.Epochs.EndOf(asked.LeaderEpoch, reader.HighWatermark);
        return new() { Partition = asked.Partition, LeaderEpoch = epoch, EndOffset = end };
    }

    private static OffsetForLeaderEpochResponseEpochEndOffset Failed(int partition, ErrorCode code) => new() { Partition = partition, ErrorCode = code };
}
