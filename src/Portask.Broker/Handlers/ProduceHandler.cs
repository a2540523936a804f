using System.Diagnostics;
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
/// Produce (key 0, v0-13). v3: record batches (KIP-98). v7: zstd. v8: record errors (KIP-467). v11 and v12: KIP-890. v13: topic ids (KIP-516).
/// Versions 0 to 2 are advertised because librdkafka before 2.x compresses nothing without, and refused in their own form.
/// </summary>
public sealed class ProduceHandler(PartitionClient partitions, IMetadataView topics, BrokerSettings settings, TimeProvider time)
    : Handler<ProduceRequest, ProduceResponse>
{
    private const short FirstServed = 3;
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
        var refused = context.Version < FirstServed ? ErrorCode.UnsupportedVersion
            : ErrorCode.None;
        var response = Refuse(request, refused, context);
        if (refused != ErrorCode.None)
            return new(request.Acks == 0 ? null : response);
        var began = Stopwatch.GetTimestamp();
        var replies = new List<Appended>();
        for (var i = 0; i < request.TopicData.Count; i++)
            Append(request, request.TopicData[i], response.Responses[i].PartitionResponses, context, replies);
        return AnswerAsync(response, replies, request.Acks, began);
    }

    private void Append(
        ProduceRequest request,
        ProduceRequestTopicProduceData data,
        List<ProduceResponsePartitionProduceResponse> slots,
        RequestContext context,
        List<Appended> replies)
    {
        var byId = context.Version >= FirstWithTopicIds;
        var topic = byId ? topics.Find(data.TopicId) : topics.Find(data.Name);
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(request.TimeoutMs, LeastTimeoutMs, MostTimeoutMs));
        for (var i = 0; i < slots.Count; i++)
        {
            var (slot, partition) = (slots[i], data.PartitionData[i]);
            if (topic is null || partition.Index < 0 || partition.Index >= topic.PartitionCount)
            {
                slot.ErrorCode = topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                continue;
            }
            var batch = IncomingBatch.Of(
                partition.Records, topic, request.TransactionalId, context.Version, time.GetUtcNow().ToUnixTimeMilliseconds(), settings.SocketRequestMaxBytes);
            if (batch.Error != ErrorCode.None)
            {
                (slot.ErrorCode, slot.ErrorMessage) = (batch.Error, batch.Message);
                slot.RecordErrors = [.. batch.Faults.Select(fault =>
                    new ProduceResponseBatchIndexAndErrorMessage { BatchIndex = fault.Index, BatchIndexErrorMessage = fault.Message })];
                continue;
            }
            var append = new AppendBatch(batch.Bytes, request.Acks, topic.Settings.Records.LogAppendTime, TransactionOf(batch.Bytes, request, context));
            replies.Add(new(slot, topic.Meter, new RecordBatch(batch.Bytes), partitions.AppendAsync(topic.Id, partition.Index, append, patience, context.Closing)));
        }
    }

    private static AppendTransaction? TransactionOf(ReadOnlyMemory<byte> batch, ProduceRequest request, RequestContext context) =>
        request.TransactionalId is { } id && new RecordBatch(batch).IsTransactional
            ? new(id, context.Version >= FirstThatAddsPartitions, context.Version >= FirstWithAbortable)
            : null;

    // Without acks the answer is waited for as well, and then not sent: a partition that falls behind slows its producers.
    private static async ValueTask<ProduceResponse?> AnswerAsync(ProduceResponse response, List<Appended> replies, short acks, long began)
    {
        foreach (var (slot, meter, batch, pending) in replies)
        {
            var reply = await pending.ConfigureAwait(false);
            if (reply.Error == ErrorCode.None)
                meter.Produced(began, batch.RecordCount, batch.Length);
            slot.ErrorCode = reply.Error;
            slot.BaseOffset = reply.BaseOffset;
            slot.LogAppendTimeMs = reply.LogAppendTimeMs;
            slot.LogStartOffset = reply.LogStartOffset;
        }
        return acks == 0 ? null : response;
    }

    private readonly record struct Appended(
        ProduceResponsePartitionProduceResponse Slot, TopicMeter Meter, RecordBatch Batch, Task<AppendReply> Reply);
}
