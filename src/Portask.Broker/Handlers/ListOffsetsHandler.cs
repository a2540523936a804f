using Portask.Broker.Fetching;
using Portask.Broker.Partitions;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Journal;
using Portask.Protocol;
using Portask.Protocol.Messages;

namespace Portask.Broker.Handlers;

/// <summary>
/// ListOffsets (key 2, v0-11). v0: a list of offsets. v2: isolation level. v4: leader epochs. v7: the latest time (-3).
/// v8-11: -4, -5 and -6 of tiered storage (KIP-405, KIP-1005, KIP-1023).
/// </summary>
public sealed class ListOffsetsHandler(PartitionClient partitions, IMetadataView topics, OffsetLookup lookup)
    : Handler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const short FirstWithEpochs = 4;
    private const sbyte ReadCommitted = 1;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 11);

    /// <inheritdoc/>
    public override ListOffsetsResponse Refuse(ListOffsetsRequest request, ErrorCode code, RequestContext context) => new()
    {
        Topics = [.. request.Topics.Select(topic => new ListOffsetsResponseListOffsetsTopicResponse
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => Failed(partition, code))],
        })],
    };

    /// <inheritdoc/>
    public override async ValueTask<ListOffsetsResponse?> HandleAsync(ListOffsetsRequest request, RequestContext context)
    {
        var response = new ListOffsetsResponse();
        foreach (var asked in request.Topics)
        {
            var topic = topics.Find(asked.Name);
            var answers = asked.Partitions.Select(partition => FindAsync(request, partition, topic, context));
            response.Topics.Add(new ListOffsetsResponseListOffsetsTopicResponse
            {
                Name = asked.Name,
                Partitions = [.. await Task.WhenAll(answers).ConfigureAwait(false)],
            });
        }
        return response;
    }

    private async Task<ListOffsetsResponseListOffsetsPartitionResponse> FindAsync(
        ListOffsetsRequest request, ListOffsetsRequestListOffsetsPartition asked, TopicMetadata? topic, RequestContext context)
    {
        if (topic is null || asked.PartitionIndex < 0 || asked.PartitionIndex >= topic.PartitionCount)
            return Failed(asked, ErrorCode.UnknownTopicOrPartition);
        if (!IsServed(asked.Timestamp, context.Version))
            return Failed(asked, ErrorCode.UnsupportedVersion);
        var (reader, error) = await partitions.ReaderAsync(topic.Id, asked.PartitionIndex, context.Closing).ConfigureAwait(false);
        if (reader is null)
            return Failed(asked, error);
        if (EpochFence.Check(asked.CurrentLeaderEpoch, reader.Epochs) is var fenced && fenced != ErrorCode.None)
            return Failed(asked, fenced);
        try
        {
            var readCommitted = request.IsolationLevel == ReadCommitted;
            var found = await lookup.FindAsync(reader, asked.Timestamp, readCommitted, context.Closing).ConfigureAwait(false);
            return context.Version == 0 ? OldStyle(asked, reader, found) : new ListOffsetsResponseListOffsetsPartitionResponse
            {
                PartitionIndex = asked.PartitionIndex,
                Offset = found.Offset,
                Timestamp = found.Timestamp,
                LeaderEpoch = context.Version >= FirstWithEpochs ? found.LeaderEpoch : -1,
            };
        }
        catch (KafkaProtocolException)
        {
            return Failed(asked, ErrorCode.CorruptMessage);
        }
        catch (JournalCorruptedException)
        {
            return Failed(asked, ErrorCode.KafkaStorageError);
        }
    }

    private static bool IsServed(long timestamp, short version) => timestamp switch
    {
        OffsetLookup.MaxTimestamp => version >= 7,
        OffsetLookup.EarliestLocal => version >= 8,
        OffsetLookup.LatestTiered => version >= 9,
        OffsetLookup.EarliestPendingUpload => version >= 11,
        _ => timestamp >= OffsetLookup.Earliest,
    };

    /// <summary>Version 0 lists where segments begin, newest first; a log that tells nobody of its segments has two such places.</summary>
    private static ListOffsetsResponseListOffsetsPartitionResponse OldStyle(ListOffsetsRequestListOffsetsPartition asked, PartitionReader reader, FoundOffset found)
    {
        var offsets = new List<long>();
        if (found.Offset >= 0)
            offsets.Add(found.Offset);
        if (asked.Timestamp == OffsetLookup.Latest && reader.LogStartOffset != found.Offset)
            offsets.Add(reader.LogStartOffset);
        return new() { PartitionIndex = asked.PartitionIndex, OldStyleOffsets = [.. offsets.Take(Math.Max(0, asked.MaxNumOffsets))] };
    }

    private static ListOffsetsResponseListOffsetsPartitionResponse Failed(ListOffsetsRequestListOffsetsPartition asked, ErrorCode code) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = code };
}
