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
        Socket socket, BrokerSettings settings, RequestRouter router, IMaterializer materializer, TimeSpan stallTimeout, CancellationToken closing)
    {
        var frames = new FrameStream(socket, settings.SocketRequestMaxBytes);
        var remote = socket.RemoteEndPoint;
        return Source.FromGraph(new ConnectionSource(frames, closing))
            // SelectAsync calls in order and emits in order: what a handler does before its first await is ordered too.
            .SelectAsync(MaxInFlight, frame => router.RouteAsync(frame, remote, closing))
            .ToMaterialized(Sink.FromGraph(new ConnectionSink(socket, stallTimeout)), Keep.Right)
            .Run(materializer);
    }
}
