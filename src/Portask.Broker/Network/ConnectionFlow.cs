using System.Net.Sockets;
using Akka.Streams;
using Akka.Streams.Dsl;
using Portask.Broker.Routing;

namespace Portask.Broker.Network;

/// <summary>The one page that wires a connection: frames in, requests started in order, answers out in the same order.</summary>
internal static class ConnectionFlow
{
    /// <summary>Requests of one connection that are worked on at the same time; the next waits in the socket.</summary>
    public const int MaxInFlight = 64;

    /// <summary>Runs a connection until the client leaves, breaks the protocol or stalls, or the broker stops.</summary>
    public static Task RunAsync(
        Socket socket,
        BrokerSettings settings,
        RequestRouter router,
        ConnectionMemory memory,
        IMaterializer materializer,
        TimeSpan stallTimeout,
        CancellationToken closing)
    {
        var frames = new FrameStream(socket, settings.SocketRequestMaxBytes, memory, stallTimeout);
        var connection = new Connection(socket.RemoteEndPoint, memory, closing);
        return Source.FromGraph(new ConnectionSource(frames, connection))
            // SelectAsync calls in order and emits in order: what a handler does before its first await is ordered too.
            .SelectAsync(MaxInFlight, frame => AnswerAsync(router, frame, connection))
            .ToMaterialized(Sink.FromGraph(new ConnectionSink(socket, memory, stallTimeout)), Keep.Right)
            .Run(materializer);
    }

    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AnswerAsync(RequestRouter router, byte[] frame, Connection connection)
    {
        try
        {
            return await router.RouteAsync(frame, connection);
        }
        finally
        {
            connection.Memory.ReturnRequest(frame.Length);
        }
    }
}
