using System.Buffers;

namespace Portask.Protocol.Records;

/// <summary>
/// Where a codec writes what it decompresses: a rented array that grows with what really arrives, never with what a header
/// claims, and never beyond the cap.
/// </summary>
internal sealed class DecompressionOutput : IDisposable
{
    private const int FirstSize = 256;

    // Record batches of text shrink to about a quarter, so most of them need no second array.
    private const long UsualRatio = 4;

    // Up to here arrays are pooled and any number of threads has one. Batches beyond are rare, and a dozen of them at once, which
    // costs a client a few megabytes, took 3 GB: they share one array and wait for each other, each for the time it is opened.
    private const int MostPooledBytes = 16 * 1024 * 1024;

    private static readonly SemaphoreSlim LargeGate = new(1);

    // Weak, so that it goes when memory is short and nobody needs it.
    private static readonly WeakReference<byte[]?> LargeBuffer = new(null);

    private readonly CompressionType _codec;
    private readonly int _maxBytes;
    private byte[] _buffer;
    private bool _hasLarge;

    internal DecompressionOutput(CompressionType codec, int maxBytes, int compressedBytes)
    {
        _codec = codec;
        _maxBytes = maxBytes;
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Min(maxBytes, MostPooledBytes), Math.Max(FirstSize, compressedBytes * UsualRatio)));
    }

    /// <summary>Bytes written so far.</summary>
    internal int Written { get; private set; }

    /// <summary>Bytes that may still be written.</summary>
    internal int Room => _maxBytes - Written;

    /// <summary>What was written so far.</summary>
    internal ReadOnlyMemory<byte> Result => _buffer.AsMemory(0, Written);

    /// <summary>The free end of the array, at least <paramref name="wanted"/> bytes of it unless the cap leaves fewer.</summary>
    internal Span<byte> Free(long wanted)
    {
        var size = Written + (int)Math.Min(wanted, Room);
        if (size > _buffer.Length)
            Grow((int)Math.Min(_maxBytes, Math.Max(size, _buffer.Length * 2L)));
        return _buffer.AsSpan(Written, Math.Min(_buffer.Length, _maxBytes) - Written);
    }

    /// <summary>Takes over what a codec wrote into <see cref="Free"/>.</summary>
    internal void Advance(int count) => Written += count;

    /// <summary>Copies a part that is stored as it is.</summary>
    /// <exception cref="KafkaProtocolException">The cap is exceeded.</exception>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Room)
            throw CapExceeded();
        bytes.CopyTo(Free(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="KafkaProtocolException">The cap is exceeded.</exception>
    internal void AppendAll(Stream stream)
    {
        while (Room > 0)
        {
            var count = stream.Read(Free(1));
            if (count == 0)
                return;
            Advance(count);
        }
        if (stream.ReadByte() >= 0)
            throw CapExceeded();
    }

    /// <summary>Gives the array back; <see cref="Result"/> is then no longer valid.</summary>
    public void Dispose()
    {
        Release();
        _buffer = [];
        Written = 0;
    }

    internal KafkaProtocolException CapExceeded() => RecordCompression.CapExceeded(_codec, _maxBytes);

    private void Grow(int size)
    {
        var larger = size <= MostPooledBytes ? ArrayPool<byte>.Shared.Rent(size) : TakeLarge();
        _buffer.AsSpan(0, Written).CopyTo(larger);
        Release();
        _buffer = larger;
        _hasLarge = size > MostPooledBytes;
    }

    private byte[] TakeLarge()
    {
        LargeGate.Wait();
        try
        {
            return LargeBuffer.TryGetTarget(out var kept) && kept.Length >= _maxBytes ? kept : GC.AllocateUninitializedArray<byte>(_maxBytes);
        }
        catch (OutOfMemoryException)
        {
            LargeGate.Release();
            throw;
        }
    }

    private void Release()
    {
        if (!_hasLarge)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            return;
        }
        LargeBuffer.SetTarget(_buffer);
        _hasLarge = false;
        LargeGate.Release();
    }
}
