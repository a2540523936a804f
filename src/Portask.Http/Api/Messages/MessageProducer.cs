using System.Text;
using Portask.Broker.Topics;
using Portask.Http.Peers;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;

namespace Portask.Http.Api;

/// <summary>Produces records: one batch for each partition, through the handler of Produce and with acks=all.</summary>
internal static class MessageProducer
{
    private const int MostMessages = 1000;
    private const int TimeoutMs = 30_000;

    public static async Task<ProducedMessages> ProduceAsync(Node node, PeerRouter peers, string name, NewMessages messages, CancellationToken cancellation)
    {
        var topic = TopicEndpoints.Find(node.Broker!, name);
        if (messages.Messages.Count is < 1 or > MostMessages)
            throw ApiException.Invalid($"{messages.Messages.Count} messages: it takes 1 to {MostMessages}");
        if (messages.Messages.FirstOrDefault(message => message.TimestampMs is < 0) is { TimestampMs: var early })
            throw ApiException.Invalid($"timestampMs = {early}: it takes ms since the Unix epoch");
        var codec = CodecOf(messages.Compression);
        // Messages without key and partition go together, as those of a client's batch do.
        var sticky = Random.Shared.Next(topic.PartitionCount);
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var batches = new SortedDictionary<int, RecordBatchBuilder>();
        var placed = new List<(int Partition, int Index, long TimestampMs)>();
        foreach (var message in messages.Messages)
        {
            var key = BytesOf(message.Key);
            var partition = PartitionOf(message, key, topic, sticky);
            if (!batches.TryGetValue(partition, out var batch))
                batches[partition] = batch = new RecordBatchBuilder { Compression = codec };
            placed.Add((partition, batch.Count, message.TimestampMs ?? nowMs));
            batch.Append(message.TimestampMs ?? nowMs, key, BytesOf(message.Value), [.. (message.Headers ?? []).Select(header => new RecordHeader(header.Name, BytesOf(header.Value)))]);
        }
        var answers = await AskAsync(peers, topic, batches, cancellation);
        return new([.. placed.Select(one =>
        {
            var answer = answers[one.Partition];
            return new ProducedMessage(one.Partition, answer.BaseOffset + one.Index, answer.LogAppendTimeMs >= 0 ? answer.LogAppendTimeMs : one.TimestampMs);
        })]);
    }

    private static async Task<Dictionary<int, ProduceResponsePartitionProduceResponse>> AskAsync(
        PeerRouter peers, TopicMetadata topic, SortedDictionary<int, RecordBatchBuilder> batches, CancellationToken cancellation)
    {
        var answers = new Dictionary<int, ProduceResponsePartitionProduceResponse>();
        foreach (var led in batches.GroupBy(batch => peers.LeaderOf(topic, batch.Key)))
        {
            var request = new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = TimeoutMs,
                TopicData =
                [
                    new()
                    {
                        Name = topic.Name,
                        TopicId = topic.Id,
                        PartitionData = [.. led.Select(batch => new ProduceRequestPartitionProduceData
                        {
                            Index = batch.Key,
                            Records = new RecordData(batch.Value.Build()),
                        })],
                    },
                ],
            };
            var response = await peers.AskAsync<ProduceRequest, ProduceResponse>(led.Key, request, cancellation, TimeSpan.FromMilliseconds(TimeoutMs));
            foreach (var answer in response.Responses[0].PartitionResponses)
            {
                ApiException.ThrowIf(answer.ErrorCode, $"Partition {answer.Index}: {answer.ErrorMessage ?? ErrorNames.Of(answer.ErrorCode)}");
                answers[answer.Index] = answer;
            }
        }
        return answers;
    }

    private static int PartitionOf(NewMessage message, ReadOnlyMemory<byte>? key, TopicMetadata topic, int sticky)
    {
        if (message.Partition is not { } partition)
            return key is { } bytes ? KeyPartitioner.PartitionOf(bytes.Span, topic.PartitionCount) : sticky;
        return partition >= 0 && partition < topic.PartitionCount
            ? partition
            : throw ApiException.Of(ErrorCode.UnknownTopicOrPartition, $"Topic '{topic.Name}' has no partition {partition}.");
    }

    // Not an array: as memory, a null one would be empty bytes instead of none.
    private static ReadOnlyMemory<byte>? BytesOf(NewContent? content)
    {
        if (content is null)
            return null;
        if (content.Text is not null == content.Base64 is not null)
            throw ApiException.Invalid("a key, value or header has either text or base64; null stands for none");
        try
        {
            return content.Text is { } text ? Encoding.UTF8.GetBytes(text) : Convert.FromBase64String(content.Base64!);
        }
        catch (FormatException)
        {
            throw ApiException.Invalid("base64 is not valid");
        }
    }

    private static CompressionType CodecOf(string? compression) => compression switch
    {
        null or "none" => CompressionType.None,
        "gzip" => CompressionType.Gzip,
        "snappy" => CompressionType.Snappy,
        "lz4" => CompressionType.Lz4,
        "zstd" => CompressionType.Zstd,
        _ => throw ApiException.Invalid($"compression = {compression}: it takes none, gzip, snappy, lz4 or zstd"),
    };
}
