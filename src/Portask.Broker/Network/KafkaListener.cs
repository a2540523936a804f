using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Portask.Broker.Metrics;
using Portask.Broker.Routing;
using Portask.Protocol;

namespace Portask.Broker.Network;

/// <summary>Accepts connections on one address and runs each until it ends.</summary>
public sealed class KafkaListener
{
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(4);

    private readonly BrokerSettings _settings;
    private readonly ILoggingAdapter _log;
    private readonly IMaterializer _materializer;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly TimeSpan _stallTimeout;
    private readonly MemoryBudget _requestMemory;
    private readonly MemoryBudget _answerMemory;
    private RequestRouter? _router;
    private Task _accepting = Task.CompletedTask;

    private KafkaListener(ActorSystem system, BrokerSettings settings, TimeSpan stallTimeout)
    {
        _settings = settings;
        _stallTimeout = stallTimeout;
        _requestMemory = new MemoryBudget(settings.QueuedMaxRequestBytes);
        _answerMemory = new MemoryBudget(settings.FetchMaxMemoryBytes);
        _log = Logging.GetLogger(system, "network");
        _materializer = system.Materializer();
        _socket = new Socket(IPAddress.Parse(settings.BindAddress).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }

    /// <summary>The bound address; the port is the real one where 0 was asked for.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connections at this moment.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>What went over connections.</summary>
    public NetworkMeter Meter { get; } = new();

    /// <summary>Memory of requests that are received or served.</summary>
    public MemoryBudget RequestMemory => _requestMemory;

    /// <summary>Memory of records that are read and not yet sent.</summary>
    public MemoryBudget AnswerMemory => _answerMemory;

    /// <summary>Bytes that one opened batch may have.</summary>
    public int MaxDecompressedBytes => _settings.SocketRequestMaxBytes;

    /// <summary>A share of the node's memory for one reader.</summary>
    public ConnectionMemory OpenMemory() => new(_requestMemory, _answerMemory);

    /// <summary>Binds the address without serving yet, so that what is advertised can be named and a port that is taken ends the start at once.</summary>
    /// <param name="stallTimeout">How long a client may read nothing of an answer; null is 30 s.</param>
    /// <exception cref="IOException">The address cannot be bound; one line that names it.</exception>
    public static KafkaListener Bind(ActorSystem system, BrokerSettings settings, TimeSpan? stallTimeout = null)
    {
        var listener = new KafkaListener(system, settings, stallTimeout ?? StallTimeout);
        var address = new IPEndPoint(IPAddress.Parse(settings.BindAddress), settings.Port);
        try
        {
            listener._socket.Bind(address);
            listener._socket.Listen(1024);
            return listener;
        }
        catch (SocketException cause)
        {
            listener._socket.Dispose();
            throw new IOException($"cannot listen on {address}: {cause.Message}");
        }
    }

    /// <summary>Begins to accept.</summary>
    public void Start(RequestRouter router)
    {
        _router = router;
        _accepting = AcceptAsync();
    }

    /// <summary>Stops accepting, lets parked requests answer, then closes what has not ended by itself.</summary>
    public async Task StopAsync()
    {
        await _closing.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await Task.WhenAny(Task.WhenAll(_connections.Values), Task.Delay(DrainTimeout));
        foreach (var socket in _connections.Keys)
            socket.Dispose();
    }

    /// <summary>Closes the connections of these clients' addresses, whatever they wait for.</summary>
    public void Drop(IReadOnlySet<EndPoint> remotes)
    {
        foreach (var (socket, _) in _connections)
        {
            // Of a connection that ends in this moment there is no address any more.
            if (AddressOf(socket) is { } remote && remotes.Contains(remote))
                socket.Dispose();
        }
    }

    private static EndPoint? AddressOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Serve(await _socket.AcceptAsync(_closing.Token));
            }
            catch (Exception cause) when (cause is OperationCanceledException or ObjectDisposedException || _closing.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException cause)
            {
                // Out of file descriptors, or a client gone between its SYN and here: the next accept may succeed.
                _log.Warning("Accept failed: {Cause}", cause.Message);
                await Task.Delay(100);
            }
        }
    }

    private void Serve(Socket socket)
    {
        if (_connections.Count >= _settings.MaxConnections)
        {
            _log.Warning("Connection from {Remote} closed: {Limit} connections are open", socket.RemoteEndPoint, _settings.MaxConnections);
            socket.Dispose();
            Meter.ConnectionRefused();
            return;
        }
        Meter.ConnectionAccepted();
        socket.NoDelay = true;
        if (_settings.SocketSendBufferBytes > 0)
            socket.SendBufferSize = _settings.SocketSendBufferBytes;
        if (_settings.SocketReceiveBufferBytes > 0)
            socket.ReceiveBufferSize = _settings.SocketReceiveBufferBytes;
        var gate = new TaskCompletionSource();
        var run = RunAsync(socket, gate.Task);
        _connections[socket] = run;
        gate.SetResult();
    }

    private async Task RunAsync(Socket socket, Task registered)
    {
        await registered;
        var remote = socket.RemoteEndPoint;
        using var memory = new ConnectionMemory(_requestMemory, _answerMemory, Meter);
        try
        {
            await ConnectionFlow.RunAsync(socket, _settings, _router!, memory, _materializer, _stallTimeout, _closing.Token);
        }
        catch (Exception cause)
        {
            Report(remote, cause);
        }
        finally
        {
            _connections.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    private void Report(EndPoint? remote, Exception cause)
    {
        switch (cause)
        {
            case AggregateException { InnerException: { } inner }:
                Report(remote, inner);
                break;
            case KafkaProtocolException or TimeoutException:
                _log.Warning("Connection from {Remote} closed: {Cause}", remote, cause.Message);
                break;
            case SocketException or ObjectDisposedException or OperationCanceledException:
                _log.Debug("Connection from {Remote} ended: {Cause}", remote, cause.Message);
                break;
            default:
                _log.Error(cause, "Connection from {Remote} closed", remote);
                break;
        }
    }
}
