using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Portask.Protocol;
using Portask.Protocol.Frames;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>A broker that says what a test has it say, to show states that a healthy one is never in.</summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Dictionary<ApiKey, Answer> _answers = [];
    private readonly Task _accepting;

    private ScriptedBroker(IPAddress address)
    {
        _listener = new TcpListener(address, 0);
        _listener.Start();
        // What every client asks for and no test is about.
        foreach (var key in new[] { ApiKey.Produce, ApiKey.Fetch, ApiKey.FindCoordinator, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat, ApiKey.OffsetCommit })
            _answers[key] = new(0, (_, _) => throw new InvalidOperationException($"{key} was asked for"));
        On<ListGroupsRequest, ListGroupsResponse>(_ => new());
        On<OffsetFetchRequest, OffsetFetchResponse>(_ => new(), 7);
        On<ListTransactionsRequest, ListTransactionsResponse>(_ => new());
        On<DescribeProducersRequest, DescribeProducersResponse>(_ => new());
        On<ListOffsetsRequest, ListOffsetsResponse>(Offsets, 5);
        On<ApiVersionsRequest, ApiVersionsResponse>(_ => new() { ApiKeys = [.. _answers.Select(one => new ApiVersionsResponseApiVersion { ApiKey = (short)one.Key, MaxVersion = one.Value.MaxVersion })] });
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Bootstrap => $"127.0.0.1:{Port}";

    /// <summary>The offsets behind the last record and behind the last ended transaction, in every partition.</summary>
    public (long End, long StableEnd) Log { get; set; }

    public static ScriptedBroker Start(IPAddress? address = null) => new(address ?? IPAddress.Loopback);

    /// <summary>A broker that names these as its cluster.</summary>
    public static ScriptedBroker Start(Action<ScriptedBroker, MetadataResponse> describe, IPAddress? address = null)
    {
        var broker = Start(address);
        broker.On<MetadataRequest, MetadataResponse>(_ =>
        {
            var cluster = new MetadataResponse { ClusterId = "scripted", ControllerId = 1, Brokers = [new() { NodeId = 1, Host = "127.0.0.1", Port = broker.Port }] };
            describe(broker, cluster);
            return cluster;
        }, 9);
        return broker;
    }

    /// <summary>Answers a request.</summary>
    public void On<TRequest, TResponse>(Func<TRequest, TResponse> answer, short maxVersion = 0)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse> =>
        _answers[TRequest.ApiKey] = new(maxVersion, (frame, header) =>
        {
            var reader = new KafkaReader(frame);
            RequestHeader.Read(ref reader);
            var flexible = header.ApiVersion >= TRequest.FirstFlexibleVersion;
            if (flexible)
                RequestHeader.SkipTags(ref reader);
            var writer = new KafkaWriter();
            ResponseHeader.Write(writer, header.CorrelationId, TRequest.ApiKey, flexible);
            answer(TRequest.Read(ref reader, header.ApiVersion)).Write(writer, header.ApiVersion);
            return writer.ToArray();
        });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private ListOffsetsResponse Offsets(ListOffsetsRequest request) => new()
    {
        Topics = [.. request.Topics.Select(topic => new ListOffsetsResponseListOffsetsTopicResponse
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => new ListOffsetsResponseListOffsetsPartitionResponse
            {
                PartitionIndex = partition.PartitionIndex,
                Offset = partition.Timestamp != -1 ? 0 : request.IsolationLevel == 1 ? Log.StableEnd : Log.End,
            })],
        })],
    };

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var length = new byte[4];
            while (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false) == 4)
            {
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await stream.ReadExactlyAsync(frame);
                var answer = Answered(frame);
                BinaryPrimitives.WriteInt32BigEndian(length, answer.Length);
                await stream.WriteAsync(length);
                await stream.WriteAsync(answer);
            }
        }
    }

    private byte[] Answered(byte[] frame)
    {
        var reader = new KafkaReader(frame);
        var header = RequestHeader.Read(ref reader);
        return _answers[(ApiKey)header.ApiKey].Write(frame, header);
    }

    private sealed record Answer(short MaxVersion, Func<byte[], RequestHeader, byte[]> Write);
}
