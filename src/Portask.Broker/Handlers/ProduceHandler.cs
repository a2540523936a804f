using System.Diagnostics;
using Portask.Broker.Cluster;
using Portask.Broker.Metrics;
using Portask.Broker.Partitions;
using Portask.Broker.Producing;
using Portask.Broker.Routing;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Broker.Handlers;

/// <summary>
/// Produce (key 0, v0-13). v3: record batches (KIP-98). v7: zstd. v8: record errors (KIP-467). v10: the new leader (KIP-951). v11
/// and v12: KIP-890. v13: topic ids (KIP-516).
/// Versions 0 to 2 are advertised because librdkafka before 2.x compresses nothing without, and refused in their own form.
/// </summary>
public sealed class ProduceHandler(
    PartitionClient partitions, PartitionLeaders leaders, LeaderHints hints, IMetadataView topics, BrokerSettings settings, TimeProvider time)
    : Handler<ProduceRequest, ProduceResponse>
{
    private const short FirstServed = 3;
    private const short FirstWithLeaders = 10;
    private const short FirstWithAbortable = 11;
    private const short FirstThatAddsPartitions = 12;
    private const short FirstWithTopicIds = 13;

    // The write itself cannot be called back, so a timeout below this would only make clients send twice.
    private const int LeastTimeoutMs = 1_000;
    private const int MostTimeoutMs = 300_000;

    /// <inheritdoc/>
    public override ApiVersions Versions => new(0, 13);

    /// <inheritdoc/>
    public override ProduceResponse Refuse(ProduceRequest request, ErrorCode code, RequestContext context)
    {
        var response = new ProduceResponse();
        foreach (var topic in request.TopicData)
        {
            response.Responses.Add(new ProduceResponseTopicProduceResponse
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                PartitionResponses = [.. topic.PartitionData.Select(partition =>
                    new ProduceResponsePartitionProduceResponse { Index = partition.Index, ErrorCode = code, BaseOffset = -1 })],
            });
        }
        return response;
    }

    /// <inheritdoc/>
    public override ValueTask<ProduceResponse?> HandleAsync(ProduceRequest request, RequestContext context)
    {
        if (request.Acks is < -1 or > 1)
            return new(Refuse(request, ErrorCode.InvalidRequiredAcks, context));
        var refused = context.Version < FirstServed ? ErrorCode.UnsupportedVersion : ErrorCode.None;
        var response = Refuse(request, refused, context);
        if (refused != ErrorCode.None)
            return new(request.Acks == 0 ? null : response);
        var began = Stopwatch.GetTimestamp();
        var replies = new List<Appended>();
        var appending = AppendAsync(request, response, context, replies);
        // Appends are sent in the order of the requests.
        if (!appending.IsCompleted)
            context.Connection.HoldBackUntil(appending);
        return AnswerAsync(response, appending, replies, context, request.Acks, began);
    }

    // Ends at once unless records are so large that opening them has to wait for others.
    private async Task AppendAsync(ProduceRequest request, ProduceResponse response, RequestContext context, List<Appended> replies)
    {
        var byId = context.Version >= FirstWithTopicIds;
        for (var i = 0; i < request.TopicData.Count; i++)
        {
            var (data, slots) = (request.TopicData[i], response.Responses[i].PartitionResponses);
            var topic = byId ? topics.Find(data.TopicId) : topics.Find(data.Name);
            for (var j = 0; j < slots.Count; j++)
            {
                if (topic is null || data.PartitionData[j].Index < 0 || data.PartitionData[j].Index >= topic.PartitionCount)
                {
                    slots[j].ErrorCode = topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                    continue;
                }
                var batch = Check(data.PartitionData[j], topic, request, context, leave: null);
                if (batch.IsUndecided)
                {
                    using var leave = await LargeRecords.WaitAsync().ConfigureAwait(false);
                    batch = Check(data.PartitionData[j], topic, request, context, leave);
                }
                Append(batch, slots[j], topic, request, context, replies);
            }
        }
    }

    private IncomingBatch Check(
        ProduceRequestPartitionProduceData data, TopicMetadata topic, ProduceRequest request, RequestContext context, LargeRecords? leave) =>
        IncomingBatch.Of(
            data.Records, topic, request.TransactionalId, context.Version, time.GetUtcNow().ToUnixTimeMilliseconds(), settings.SocketRequestMaxBytes, leave);

    private void Append(
        IncomingBatch batch,
        ProduceResponsePartitionProduceResponse slot,
        TopicMetadata topic,
        ProduceRequest request,
        RequestContext context,
        List<Appended> replies)
    {
        if (batch.Error != ErrorCode.None)
        {
            (slot.ErrorCode, slot.ErrorMessage) = (batch.Error, batch.Message);
            slot.RecordErrors = [.. batch.Faults.Select(fault =>
                new ProduceResponseBatchIndexAndErrorMessage { BatchIndex = fault.Index, BatchIndexErrorMessage = fault.Message })];
            return;
        }
        if (request.Acks == -1 && LacksReplicas(topic, slot.Index))
        {
            slot.ErrorCode = ErrorCode.NotEnoughReplicas;
            return;
        }
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(request.TimeoutMs, LeastTimeoutMs, MostTimeoutMs));
        var append = new AppendBatch(batch.Bytes, request.Acks, topic.Settings.Records.LogAppendTime, TransactionOf(batch.Bytes, request, context));
        replies.Add(new(slot, topic, new RecordBatch(batch.Bytes), partitions.AppendAsync(topic.Id, slot.Index, append, patience, context.Closing)));
    }

    // Replicas are the brokers that could take the partition over; which are up is known where it runs.
    private bool LacksReplicas(TopicMetadata topic, int partition) =>
        topic.Settings.MinInsyncReplicas > 1
        && partitions.Find(topic.Id, partition) is not null
        && leaders.InSyncCount(topic, partition) < topic.Settings.MinInsyncReplicas;

    private static AppendTransaction? TransactionOf(ReadOnlyMemory<byte> batch, ProduceRequest request, RequestContext context) =>
        request.TransactionalId is { } id && new RecordBatch(batch).IsTransactional
            ? new(id, context.Version >= FirstThatAddsPartitions, context.Version >= FirstWithAbortable)
            : null;

    // Without acks the answer is waited for as well, and then not sent: a partition that falls behind slows its producers.
    private async ValueTask<ProduceResponse?> AnswerAsync(
        ProduceResponse response, Task appending, List<Appended> replies, RequestContext context, short acks, long began)
    {
        await appending.ConfigureAwait(false);
        foreach (var (slot, topic, batch, pending) in replies)
        {
            var reply = await pending.ConfigureAwait(false);
            if (reply.Error == ErrorCode.None)
                topic.Meter.Produced(began, batch.RecordCount, batch.Length);
            slot.ErrorCode = reply.Error;
            slot.BaseOffset = reply.BaseOffset;
            slot.LogAppendTimeMs = reply.LogAppendTimeMs;
            slot.LogStartOffset = reply.LogStartOffset;
            if (reply.Error == ErrorCode.NotLeaderOrFollower && context.Version >= FirstWithLeaders && hints.Of(topic.Id, slot.Index) is { } hint)
                Name(hint.Leader, hint.Broker, slot, response);
        }
        return acks == 0 ? null : response;
    }

    private static void Name(LeaderOf leader, BrokerEndpoint broker, ProduceResponsePartitionProduceResponse slot, ProduceResponse response)
    {
        slot.CurrentLeader = new() { LeaderId = leader.BrokerId, LeaderEpoch = leader.Epoch };
        if (!response.NodeEndpoints.Exists(node => node.NodeId == broker.NodeId))
            response.NodeEndpoints.Add(new() { NodeId = broker.NodeId, Host = broker.Host, Port = broker.Port, Rack = broker.Rack });
    }

    private readonly record struct Appended(
        ProduceResponsePartitionProduceResponse Slot, TopicMetadata Topic, RecordBatch Batch, Task<AppendReply> Reply);
}
