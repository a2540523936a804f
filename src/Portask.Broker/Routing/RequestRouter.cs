using System.Buffers.Binary;
using Akka.Event;
using Portask.Broker.Handlers;
using Portask.Protocol;
using Portask.Protocol.Frames;
using Portask.Protocol.Wire;

namespace Portask.Broker.Routing;

/// <summary>Takes a frame to its handler and its answer back, as pieces with the length before them.</summary>
public sealed class RequestRouter(HandlerTable table, ILoggingAdapter log, IRequestInterceptor? interceptor = null)
{
    private static readonly IReadOnlyList<ReadOnlyMemory<byte>> NoAnswer = [];

    /// <summary>Answers one frame. The returned task fails only when the connection is to be closed.</summary>
    /// <exception cref="KafkaProtocolException">An unknown key, a version that is not served, or a malformed request.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> RouteAsync(byte[] frame, Connection connection)
    {
        // Everything up to the handler's first await runs on the caller, so requests of one connection start in order.
        var writer = await Start(frame, connection);
        if (writer is null)
            return NoAnswer;
        var length = new byte[FrameReader.LengthSize];
        BinaryPrimitives.WriteInt32BigEndian(length, writer.Length);
        return [length, .. writer.ToPieces()];
    }

    private ValueTask<KafkaWriter?> Start(byte[] frame, Connection connection)
    {
        var reader = new KafkaReader(frame);
        var header = RequestHeader.Read(ref reader);
        var handler = table.Find(header.ApiKey)
            ?? throw new KafkaProtocolException($"API key {header.ApiKey} (version {header.ApiVersion}, client {header.ClientId}) is not served");
        if (!handler.Versions.Contains(header.ApiVersion))
            return ValueTask.FromResult<KafkaWriter?>(UnsupportedVersion(handler, header));
        if (handler.IsFlexible(header.ApiVersion))
            RequestHeader.SkipTags(ref reader);
        var context = new RequestContext(header.ApiVersion, header.CorrelationId, header.ClientId, connection) { Interceptor = interceptor };
        return handler.InvokeAsync(reader.Rest, context, cause => log.Error(
            cause,
            "{Api} version {Version} of client {ClientId} at {Remote} failed",
            handler.Key,
            header.ApiVersion,
            header.ClientId,
            connection.Remote));
    }

    // A newer client learns from the version 0 body what is served (KIP-511); for other keys Kafka closes the connection too.
    private KafkaWriter UnsupportedVersion(IRegisteredHandler handler, RequestHeader header)
    {
        if (handler.Key != ApiKey.ApiVersions)
        {
            throw new KafkaProtocolException(
                $"{handler.Key} version {header.ApiVersion} is not served, versions {handler.Versions.Min} to {handler.Versions.Max} are");
        }
        var writer = new KafkaWriter();
        ResponseHeader.Write(writer, header.CorrelationId, ApiKey.ApiVersions, flexible: false);
        ApiVersionsHandler.UnsupportedVersion(handler.Versions).Write(writer, 0);
        return writer;
    }
}
