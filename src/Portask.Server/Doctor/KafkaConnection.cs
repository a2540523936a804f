using System.Buffers.Binary;
using System.Net.Sockets;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;

namespace Portask.Server.Doctor;

/// <summary>A connection to a Kafka broker that asks each request in the newest version that both sides have.</summary>
internal sealed class KafkaConnection : IDisposable
{
    private const string ClientId = "portask-doctor";

    // Metadata of 100,000 partitions is about 10 MB.
    private const int LargestAnswer = 256 * 1024 * 1024;

    private readonly NetworkStream _stream;
    private readonly TimeSpan _patience;
    private Dictionary<ApiKey, ApiVersions> _served = [];
    private int _correlationId;

    /// <summary>Takes over a connected socket.</summary>
    public KafkaConnection(Socket socket, TimeSpan patience)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _patience = patience;
    }

    /// <summary>What the broker says it serves.</summary>
    public IReadOnlyDictionary<ApiKey, ApiVersions> Served => _served;

    public bool Serves(ApiKey key) => _served.ContainsKey(key);

    /// <summary>Asks for the versions; version 0 of this request is the one that every broker since 0.10 answers.</summary>
    public async Task HandshakeAsync(CancellationToken cancellation)
    {
        var answer = await ExchangeAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0, cancellation);
        if (answer.ErrorCode != ErrorCode.None)
            throw new KafkaProtocolException($"ApiVersions answers {answer.ErrorCode}");
        _served = answer.ApiKeys.DistinctBy(key => key.ApiKey).ToDictionary(key => (ApiKey)key.ApiKey, key => new ApiVersions(key.MinVersion, key.MaxVersion));
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="known">The versions that the request was built for.</param>
    /// <exception cref="IOException">The broker closed the connection.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    /// <exception cref="KafkaProtocolException">It has no version in common, or its answer cannot be read.</exception>
    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, ApiVersions known, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse>
    {
        if (!_served.TryGetValue(TRequest.ApiKey, out var served) || served.Max < known.Min || served.Min > known.Max)
            throw new KafkaProtocolException($"{TRequest.ApiKey} is not served in a version from {known.Min} to {known.Max}");
        return ExchangeAsync<TRequest, TResponse>(request, Math.Min(known.Max, served.Max), cancellation);
    }

    public void Dispose() => _stream.Dispose();

    private async Task<TResponse> ExchangeAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse>
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_patience);
        try
        {
            await _stream.WriteAsync(Frame(request, version, ++_correlationId), patience.Token);
            return Decode<TResponse>(await ReceiveAsync(patience.Token), version, _correlationId);
        }
        catch (EndOfStreamException)
        {
            throw new IOException($"the connection was closed instead of an answer to {TRequest.ApiKey}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer to {TRequest.ApiKey} within {_patience.TotalSeconds:0.#} s");
        }
    }

    private async Task<byte[]> ReceiveAsync(CancellationToken cancellation)
    {
        var length = new byte[4];
        await _stream.ReadExactlyAsync(length, cancellation);
        var size = BinaryPrimitives.ReadInt32BigEndian(length);
        if (size is < 4 or > LargestAnswer)
            throw new NotKafkaException(length);
        var frame = new byte[size];
        await _stream.ReadExactlyAsync(frame, cancellation);
        return frame;
    }

    private static byte[] Frame<TRequest>(TRequest request, short version, int correlationId)
        where TRequest : IKafkaMessage<TRequest>
    {
        var writer = new KafkaWriter();
        writer.WriteInt16((short)TRequest.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteString(ClientId, compact: false);
        if (version >= TRequest.FirstFlexibleVersion)
            writer.WriteUnsignedVarint(0);
        request.Write(writer, version);
        var body = writer.ToArray();
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    private static TResponse Decode<TResponse>(byte[] frame, short version, int correlationId)
        where TResponse : IKafkaMessage<TResponse>
    {
        var reader = new KafkaReader(frame);
        if (reader.ReadInt32() != correlationId)
            throw new NotKafkaException(frame);
        // The header of an ApiVersions answer is never flexible (KIP-511).
        if (version >= TResponse.FirstFlexibleVersion && TResponse.ApiKey != ApiKey.ApiVersions)
            reader.SkipTags();
        return TResponse.Read(ref reader, version);
    }
}

/// <summary>What came back is no answer of a Kafka broker.</summary>
/// <param name="begin">The bytes that it begins with.</param>
internal sealed class NotKafkaException(byte[] begin) : Exception("the answer is not Kafka's")
{
    public byte[] Begin { get; } = begin;
}
