using Portask.Broker.Cluster;
using Portask.Broker.Fetching;
using Portask.Broker.Routing;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Broker.Handlers;

/// <summary>
/// Fetch (key 1, v0-18). v0-1 get messages of magic 0, v2-3 of magic 1. v4: isolation level. v7: sessions (KIP-227). v9:
/// leader epochs (KIP-320). v10: zstd. v12: diverging epochs (KIP-595). v13: topic ids (KIP-516). v16: the new leader's address
/// (KIP-951).
/// </summary>
public sealed class FetchHandler(Fetcher fetcher, FetchSessions sessions, LeaderHints hints, BrokerSettings settings) : Handler<FetchRequest, FetchResponse>
{
    private const short FirstWithBatches = 4;
    private const short FirstWithSessions = 7;
    private const short FirstWithZstd = 10;
    private const short FirstWithLeaders = 12;
    private const short FirstWithEndpoints = 16;
    private const sbyte ReadCommitted = 1;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 18);

    /// <inheritdoc/>
    public override FetchResponse Refuse(FetchRequest request, ErrorCode code, RequestContext context)
    {
        var response = new FetchResponse { ErrorCode = code };
        if (context.Version >= FirstWithSessions)
            return response;
        // Before version 7 only partitions carry errors.
        var failed = request.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
            FetchRead.Failed(new FetchTarget(new FetchKey(Guid.Empty, topic.Topic, partition.Partition)), code)));
        Fill(response, failed, context);
        return response;
    }

    /// <inheritdoc/>
    public override async ValueTask<FetchResponse?> HandleAsync(FetchRequest request, RequestContext context)
    {
        var plan = sessions.Plan(request, context.Version);
        if (plan.Error != ErrorCode.None)
            return Refuse(request, plan.Error, context);
        var terms = new FetchTerms(
            request.MinBytes,
            Math.Clamp(request.MaxBytes, 0, settings.FetchMaxBytes),
            TimeSpan.FromMilliseconds(Math.Max(0, request.MaxWaitMs)),
            request.IsolationLevel == ReadCommitted);
        var reads = await fetcher.FetchAsync(plan.Targets, terms, context.Connection.Memory, context.Closing).ConfigureAwait(false);
        foreach (var read in reads)
            read.Count();
        var response = new FetchResponse { SessionId = plan.Session?.Id ?? 0 };
        Fill(response, plan.IsIncremental ? reads.Where(read => read.HasNews) : reads, context, terms.ReadCommitted);
        if (plan.Session is { } session)
            Remember(session, reads);
        return response;
    }

    private void Remember(FetchSession session, IReadOnlyList<FetchRead> reads)
    {
        foreach (var read in reads)
            (read.Target.ToldHighWatermark, read.Target.ToldLogStartOffset) = (read.HighWatermark, read.LogStartOffset);
        sessions.Served(session, reads.Where(read => read.Bytes > 0).Select(read => read.Target).ToHashSet());
    }

    private void Fill(FetchResponse response, IEnumerable<FetchRead> reads, RequestContext context, bool readCommitted = false)
    {
        foreach (var topic in reads.GroupBy(read => (read.Target.Key.TopicId, read.Target.Key.Topic)))
        {
            response.Responses.Add(new FetchResponseFetchableTopicResponse
            {
                Topic = topic.Key.Topic,
                TopicId = topic.Key.TopicId,
                Partitions = [.. topic.Select(read => Led(ToPartition(read, context.Version, readCommitted), read, response, context.Version))],
            });
        }
    }

    private FetchResponsePartitionData Led(FetchResponsePartitionData partition, FetchRead read, FetchResponse response, short version)
    {
        if (read.Error is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch) || version < FirstWithLeaders)
            return partition;
        var key = read.Target.Key;
        if (hints.Of(key.TopicId, key.Topic, key.Partition) is not { } hint)
            return partition;
        partition.CurrentLeader = new() { LeaderId = hint.Leader.BrokerId, LeaderEpoch = hint.Leader.Epoch };
        var broker = hint.Broker;
        if (version >= FirstWithEndpoints && !response.NodeEndpoints.Exists(node => node.NodeId == broker.NodeId))
            response.NodeEndpoints.Add(new() { NodeId = broker.NodeId, Host = broker.Host, Port = broker.Port, Rack = broker.Rack });
        return partition;
    }

    private FetchResponsePartitionData ToPartition(FetchRead read, short version, bool readCommitted)
    {
        var partition = new FetchResponsePartitionData
        {
            PartitionIndex = read.Target.Key.Partition,
            ErrorCode = read.Error,
            HighWatermark = read.HighWatermark,
            LastStableOffset = read.LastStableOffset,
            LogStartOffset = read.LogStartOffset,
            AbortedTransactions = readCommitted
                ? [.. read.Aborted.Select(aborted => new FetchResponseAbortedTransaction { ProducerId = aborted.ProducerId, FirstOffset = aborted.FirstOffset })]
                : null,
            Records = RecordData.Empty,
        };
        if (read.Diverging is { } diverging)
            partition.DivergingEpoch = new() { Epoch = diverging.Epoch, EndOffset = diverging.EndOffset };
        var batches = version < FirstWithZstd ? BeforeZstd(read.Batches) : read.Batches;
        if (batches.Count == 0 && read.Batches.Count > 0)
            partition.ErrorCode = ErrorCode.UnsupportedCompressionType;
        else if (version < FirstWithBatches)
            Downgrade(partition, batches, magic: version < 2 ? (byte)0 : (byte)1);
        else if (batches.Count > 0)
            partition.Records = new RecordData(batches);
        return partition;
    }

    // The client reads on up to what it does not know, and is told only there (KIP-110).
    private static List<ReadOnlyMemory<byte>> BeforeZstd(List<ReadOnlyMemory<byte>> batches)
    {
        var first = batches.FindIndex(batch => new RecordBatch(batch).CompressionType == CompressionType.Zstd);
        return first < 0 ? batches : batches[..first];
    }

    private void Downgrade(FetchResponsePartitionData partition, List<ReadOnlyMemory<byte>> batches, byte magic)
    {
        try
        {
            partition.Records = new RecordData(batches.ConvertAll(batch =>
                new ReadOnlyMemory<byte>(MessageSetConverter.ToMessageSet(new RecordBatch(batch), magic, settings.SocketRequestMaxBytes))));
        }
        catch (KafkaProtocolException)
        {
            // Some producer's fault, for which this reader's connection must not be closed.
            partition.ErrorCode = ErrorCode.CorruptMessage;
        }
    }
}
