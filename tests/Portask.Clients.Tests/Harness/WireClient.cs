using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Portask.Protocol;
using Portask.Protocol.Wire;

namespace Portask.Clients.Tests.Harness;

/// <summary>A bare connection that sends any request at any version, and bytes that are no request at all.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private int _correlationId;

    private WireClient()
    {
    }

    public static async Task<WireClient> ConnectAsync(IPEndPoint broker)
    {
        var client = new WireClient();
        await client._tcp.ConnectAsync(broker);
        return client;
    }

    /// <summary>Sends a request and reads its answer, which must have no byte too many.</summary>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IKafkaMessage<TRequest>
        where TResponse : IKafkaMessage<TResponse>
    {
        await SendAsync(request, version);
        return await ReceiveAsync<TResponse>(version);
    }

    /// <summary>Sends a request without waiting for its answer.</summary>
    public Task SendAsync<TRequest>(TRequest request, short version)
        where TRequest : IKafkaMessage<TRequest> => SendFrameAsync(Frame(request, version, ++_correlationId));

    /// <summary>Reads the next answer, which must be that of the oldest request.</summary>
    public async Task<TResponse> ReceiveAsync<TResponse>(short version)
        where TResponse : IKafkaMessage<TResponse>
    {
        var frame = await ReceiveFrameAsync() ?? throw new IOException("the broker closed the connection instead of answering");
        // The header of an ApiVersions answer is never flexible (KIP-511).
        var header = version >= TResponse.FirstFlexibleVersion && TResponse.ApiKey != ApiKey.ApiVersions ? 5 : 4;
        return Decode<TResponse>(frame.AsMemory(header), version);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _tcp.GetStream().WriteAsync(bytes);

    /// <summary>Sends bytes with the length of a frame before them.</summary>
    public async Task SendFrameAsync(byte[] frame)
    {
        var whole = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(whole, frame.Length);
        frame.CopyTo(whole, 4);
        await SendRawAsync(whole);
    }

    /// <summary>The next frame without its length, null when the broker has closed.</summary>
    public async Task<byte[]?> ReceiveFrameAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = new byte[4];
        try
        {
            if (await _tcp.GetStream().ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, patience.Token) < 4)
                return null;
            var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await _tcp.GetStream().ReadExactlyAsync(frame, patience.Token);
            return frame;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A request with its header, as the wire has it behind the length.</summary>
    public static byte[] Frame<TRequest>(TRequest request, short version, int correlationId)
        where TRequest : IKafkaMessage<TRequest>
    {
        var writer = new KafkaWriter();
        WriteHeader(writer, (short)TRequest.ApiKey, version, correlationId, version >= TRequest.FirstFlexibleVersion);
        request.Write(writer, version);
        return writer.ToArray();
    }

    /// <summary>A request header alone.</summary>
    public static byte[] Header(short key, short version, bool flexible = false)
    {
        var writer = new KafkaWriter();
        WriteHeader(writer, key, version, 1, flexible);
        return writer.ToArray();
    }

    public void Dispose() => _tcp.Dispose();

    private static void WriteHeader(KafkaWriter writer, short key, short version, int correlationId, bool flexible)
    {
        writer.WriteInt16(key);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteString("wire-client", compact: false);
        if (flexible)
            writer.WriteUnsignedVarint(0);
    }

    private static TResponse Decode<TResponse>(ReadOnlyMemory<byte> body, short version)
        where TResponse : IKafkaMessage<TResponse>
    {
        var reader = new KafkaReader(body);
        var response = TResponse.Read(ref reader, version);
        Assert.True(reader.Remaining == 0, $"{typeof(TResponse).Name} version {version} has {reader.Remaining} stray bytes: {Encoding.Latin1.GetString(body.Span)}");
        return response;
    }
}
