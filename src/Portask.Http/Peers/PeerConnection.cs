using System.Buffers.Binary;
using System.Net.Sockets;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Wire;

namespace Portask.Http.Peers;

/// <summary>A connection to another broker of the cluster, over which this node asks as any client would. One request at a time.</summary>
internal sealed class PeerConnection : IDisposable
{
    private const string ClientId = "portask-http";

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly int _maxBytes;
    private Dictionary<short, short> _newest = [];
    private int _correlationId;

    private PeerConnection(int maxBytes) => _maxBytes = maxBytes;

    /// <summary>Connects and asks which versions the broker has: in a rolling upgrade it may be of the release before.</summary>
    /// <param name="maxBytes">Largest answer accepted.</param>
    public static async Task<PeerConnection> OpenAsync(string host, int port, int maxBytes, CancellationToken cancellation)
    {
        var connection = new PeerConnection(maxBytes);
        try
        {
            await connection._tcp.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            var versions = await connection.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0, cancellation).ConfigureAwait(false);
            connection._newest = versions.ApiKeys.ToDictionary(key => key.ApiKey, key => key.MaxVersion);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks in the newest version that both know.</summary>
    /// <exception cref="KafkaProtocolException">The broker does not serve the request.</exception>
    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, ApiVersions known, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse>
    {
        var version = Math.Min(known.Max, _newest.GetValueOrDefault((short)TRequest.ApiKey, (short)-1));
        if (version < known.Min)
            throw new KafkaProtocolException($"{TRequest.ApiKey} is not served by {_tcp.Client.RemoteEndPoint}");
        return AskAsync<TRequest, TResponse>(request, version, cancellation);
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken cancellation)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse>
    {
        var writer = new KafkaWriter();
        writer.WriteInt16((short)TRequest.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(++_correlationId);
        writer.WriteString(ClientId, compact: false);
        if (version >= TRequest.FirstFlexibleVersion)
            writer.WriteUnsignedVarint(0);
        request.Write(writer, version);
        var stream = _tcp.GetStream();
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, writer.Length);
        await stream.WriteAsync(length, cancellation).ConfigureAwait(false);
        await stream.WriteAsync(writer.ToArray(), cancellation).ConfigureAwait(false);
        await stream.ReadExactlyAsync(length, cancellation).ConfigureAwait(false);
        var size = BinaryPrimitives.ReadInt32BigEndian(length);
        if (size < 4 || size > _maxBytes)
            throw new KafkaProtocolException($"an answer of {size} bytes; the largest accepted is {_maxBytes}");
        var frame = GC.AllocateUninitializedArray<byte>(size);
        await stream.ReadExactlyAsync(frame, cancellation).ConfigureAwait(false);
        return Read<TResponse>(frame, version);
    }

    private TResponse Read<TResponse>(byte[] frame, short version)
        where TResponse : IKafkaMessage<TResponse>
    {
        if (BinaryPrimitives.ReadInt32BigEndian(frame) != _correlationId)
            throw new KafkaProtocolException("the answer is to another request");
        var reader = new KafkaReader(frame.AsMemory(4));
        if (version >= TResponse.FirstFlexibleVersion && TResponse.ApiKey != ApiKey.ApiVersions)
            reader.SkipTags();
        return TResponse.Read(ref reader, version);
    }
}
