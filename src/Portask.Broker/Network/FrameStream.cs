using System.Buffers;
using System.Net.Sockets;
using Portask.Protocol.Frames;

namespace Portask.Broker.Network;

/// <summary>
/// Cuts what a socket receives into frames. A frame that is larger than what has arrived is received straight into its own
/// array, which grows with the bytes that come: a length that a client only claims costs nothing.
/// </summary>
internal sealed class FrameStream(Socket socket, int maxFrameBytes, ConnectionMemory memory, TimeSpan stallTimeout)
{
    private const int BufferBytes = 64 * 1024;

    // A frame up to this size is allocated whole at once; a larger one doubles as it arrives.
    private const int TrustedBytes = 1024 * 1024;

    // A client slower than this inside a request would keep the memory that others wait for.
    private const int LeastBytesPerSecond = 32 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>The next frame, or null when the client has closed its side between frames.</summary>
    /// <exception cref="Protocol.KafkaProtocolException">The length is out of bounds, or the connection ends inside a frame.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        int length;
        while (!FrameReader.TryReadLength(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), maxFrameBytes, out length))
        {
            if (await FillAsync(cancellation))
                continue;
            return _end == _start ? null : throw new Protocol.KafkaProtocolException("the connection ended inside the length of a request");
        }
        _start += FrameReader.LengthSize;
        await memory.TakeRequestAsync(length, cancellation);
        var buffered = Math.Min(length, _end - _start);
        var frame = GC.AllocateUninitializedArray<byte>(Math.Min(length, Math.Max(buffered, TrustedBytes)));
        _buffer.AsSpan(_start, buffered).CopyTo(frame);
        _start += buffered;
        return buffered == length ? frame : await ReceiveRestAsync(frame, buffered, length, cancellation);
    }

    private async ValueTask<byte[]> ReceiveRestAsync(byte[] frame, int received, int length, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(stallTimeout + TimeSpan.FromSeconds(length / LeastBytesPerSecond));
        try
        {
            return await ReceiveAllAsync(frame, received, length, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"a request of {length} bytes did not arrive at {LeastBytesPerSecond} bytes a second");
        }
    }

    private async ValueTask<byte[]> ReceiveAllAsync(byte[] frame, int received, int length, CancellationToken cancellation)
    {
        while (received < length)
        {
            if (received == frame.Length)
                Array.Resize(ref frame, (int)Math.Min(length, frame.Length * 2L));
            var got = await socket.ReceiveAsync(frame.AsMemory(received), cancellation);
            if (got == 0)
                throw new Protocol.KafkaProtocolException($"the connection ended after {received} of {length} bytes of a request");
            received += got;
        }
        return frame;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        var got = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation);
        _end += got;
        return got > 0;
    }
}
