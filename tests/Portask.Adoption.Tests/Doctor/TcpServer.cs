using System.Net;
using System.Net.Sockets;

namespace Portask.Adoption.Tests.Doctor;

/// <summary>A server that does the same to everybody who connects.</summary>
internal sealed class TcpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public TcpServer(Func<TcpClient, Task> serve)
    {
        _listener.Start();
        _accepting = AcceptAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync(Func<TcpClient, Task> serve)
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(), serve);
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private static async Task ServeAsync(TcpClient client, Func<TcpClient, Task> serve)
    {
        using (client)
        {
            try
            {
                await serve(client);
            }
            catch (Exception cause) when (cause is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The other side has seen enough.
            }
        }
    }
}
