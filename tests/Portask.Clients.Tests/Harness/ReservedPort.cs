using System.Net;
using System.Net.Sockets;

namespace Portask.Clients.Tests.Harness;

/// <summary>
/// A port of loopback that no other program is given, however often what listens there ends and starts again. It is bound and does not listen,
/// so who connects is refused; a listener binds it as well, since .NET, PostgreSQL and Go set SO_REUSEADDR. Only Linux lets them: elsewhere the
/// port is just one that is free now.
/// </summary>
internal sealed class ReservedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort(IPAddress? address = null)
    {
        // On Unix this sets SO_REUSEADDR.
        _socket.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        if (!OperatingSystem.IsLinux())
            _socket.Dispose();
    }

    /// <summary>The address with the port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The port.</summary>
    public int Number => EndPoint.Port;

    public void Dispose() => _socket.Dispose();
}
