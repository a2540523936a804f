using System.Buffers.Binary;
using System.Net.Sockets;
using Confluent.Kafka;
using Portask.Bridge.Connections;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;
using Portask.Protocol.Wire;
using CompressionType = Portask.Protocol.Records.CompressionType;
using Partition = Confluent.Kafka.Partition;

namespace Portask.Bridge.Mirroring;

/// <summary>Asks a topic's leader how its newest batch is compressed, which no client library tells.</summary>
internal static class NewestBatch
{
    // Fetch 4 is understood by every broker from Kafka 0.11 on, and the first with batches of magic 2.
    private const short FetchVersion = 4;
    private const int CodecMask = 7;
    private const int ControlFlag = 0x20;
    private const int MaxAnswerBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The codec's name; null where there is no batch, or where the connection would need TLS or SASL.</summary>
    public static async Task<string?> CodecAsync(Cluster source, KafkaIntegrationConfig config, Route route, int partitions, CancellationToken stop)
    {
        var properties = route.Direction == Direction.ToPortask ? config.KafkaClient : config.PortaskClient;
        if (properties.ContainsKey("security.protocol"))
            return null;
        for (var partition = 0; partition < partitions; partition++)
        {
            var at = new TopicPartition(route.Source, new Partition(partition));
            if (await source.LastOffsetAsync(at) is not { } last || await source.LeaderAsync(route.Source, partition) is not { } leader)
                continue;
            try
            {
                // The newest may be the marker of a transaction, which has no codec; records are before it.
                for (var offset = last; offset >= Math.Max(0, last - 1); offset--)
                    if (await FetchAsync(leader, at, offset, stop) is { } codec)
                        return codec.ToString().ToLowerInvariant();
            }
            catch (Exception cause) when (cause is SocketException or IOException or KafkaProtocolException
                || (cause is OperationCanceledException && !stop.IsCancellationRequested))
            {
                return null;
            }
        }
        return null;
    }

    private static async Task<CompressionType?> FetchAsync((string Host, int Port) leader, TopicPartition at, long offset, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(leader.Host, leader.Port, patience.Token);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Request(at, offset), patience.Token);
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, patience.Token);
        var size = BinaryPrimitives.ReadInt32BigEndian(length);
        if (size is < 8 or > MaxAnswerBytes)
            return null;
        var body = new byte[size];
        await stream.ReadExactlyAsync(body, patience.Token);
        return CodecOf(body.AsMemory(4));
    }

    private static byte[] Request(TopicPartition at, long offset)
    {
        var request = new FetchRequest
        {
            ReplicaId = -1,
            MaxWaitMs = 0,
            MinBytes = 0,
            MaxBytes = 1024 * 1024,
            Topics = [new() { Topic = at.Topic, Partitions = [new() { Partition = at.Partition, FetchOffset = offset, PartitionMaxBytes = RecordBatch.HeaderSize }] }],
        };
        var writer = new KafkaWriter();
        writer.WriteInt32(0);
        writer.WriteInt16((short)ApiKey.Fetch);
        writer.WriteInt16(FetchVersion);
        writer.WriteInt32(1);
        writer.WriteString("portask-bridge", compact: false);
        request.Write(writer, FetchVersion);
        var frame = writer.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        return frame;
    }

    // A broker may cut the answer after the bytes that were asked for, or give the whole batch; its header is there either way.
    private static CompressionType? CodecOf(ReadOnlyMemory<byte> answer)
    {
        var reader = new KafkaReader(answer);
        var response = FetchResponse.Read(ref reader, FetchVersion);
        if (response.Responses is not [{ Partitions: [var partition] }])
            return null;
        // Versions below 10 are refused zstd batches, which tells as much as the batch would.
        if (partition.ErrorCode == Protocol.ErrorCode.UnsupportedCompressionType)
            return CompressionType.Zstd;
        var records = partition.Records?.ToContiguous() ?? default;
        if (records.Length < RecordBatch.HeaderSize)
            return null;
        var batch = new RecordBatch(records);
        return batch.Magic == 2 && (batch.Attributes & ControlFlag) == 0 ? (CompressionType)(batch.Attributes & CodecMask) : null;
    }
}
