using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Portask.Capture;

/// <summary>Passes bytes between clients and a broker, and keeps the first request frame of each key and version.</summary>
internal sealed class RecordingProxy : IDisposable
{
    // A frame as a test fixture, not a data set.
    private const int LargestKept = 8 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SortedDictionary<(short Key, short Version), byte[]> _frames = [];

    public RecordingProxy() => _listener.Start();

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Where the broker is; known only after it was told this proxy's port.</summary>
    public IPEndPoint Broker { get; set; } = new(IPAddress.Loopback, 0);

    /// <summary>The frames kept since the last call, without their length.</summary>
    public IReadOnlyDictionary<(short Key, short Version), byte[]> Take()
    {
        lock (_frames)
        {
            var taken = new SortedDictionary<(short, short), byte[]>(_frames);
            _frames.Clear();
            return taken;
        }
    }

    public async Task RunAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync();
            _ = ServeAsync(client);
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var broker = new TcpClient())
        {
            await broker.ConnectAsync(Broker);
            try
            {
                await Task.WhenAny(RequestsAsync(client.GetStream(), broker.GetStream()), broker.GetStream().CopyToAsync(client.GetStream()));
            }
            catch (IOException)
            {
                // Either side may go at any time; what was seen until then counts.
            }
        }
    }

    private async Task RequestsAsync(NetworkStream from, NetworkStream to)
    {
        var length = new byte[4];
        while (await from.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false) == 4)
        {
            var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await from.ReadExactlyAsync(frame);
            Keep(frame);
            await to.WriteAsync(length);
            await to.WriteAsync(frame);
        }
    }

    private void Keep(byte[] frame)
    {
        if (frame.Length > LargestKept)
            return;
        lock (_frames)
            _frames.TryAdd((BinaryPrimitives.ReadInt16BigEndian(frame), BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2))), frame);
    }
}
