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

    private readonly CompressionType _codec;
    private readonly int _maxBytes;
    private readonly LargeRecords? _leave;
    private byte[] _buffer;
    private bool _isLarge;

    /// <param name="leave">To grow beyond what is pooled; growing fails without.</param>
    internal DecompressionOutput(CompressionType codec, int maxBytes, int compressedBytes, LargeRecords? leave)
    {
        _codec = codec;
        _maxBytes = maxBytes;
        _leave = leave;
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Min(maxBytes, LargeRecords.FromBytes), Math.Max(FirstSize, compressedBytes * UsualRatio)));
    }

    /// <summary>Bytes written so far.</summary>
    internal int Written { get; private set; }

    /// <summary>Bytes that may still be written.</summary>
    internal int Room => _maxBytes - Written;

    /// <summary>What was written so far.</summary>
    internal ReadOnlyMemory<byte> Result => _buffer.AsMemory(0, Written);

    /// <summary>The free end of the array, at least <paramref name="wanted"/> bytes of it unless the cap leaves fewer.</summary>
    /// <exception cref="LargeRecordsException">It has to be large, and there is no leave.</exception>
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
        var isLarge = size > LargeRecords.FromBytes;
        if (isLarge && _leave is null)
            throw new LargeRecordsException();
        var larger = isLarge ? LargeRecords.Take(_maxBytes) : ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(0, Written).CopyTo(larger);
        Release();
        (_buffer, _isLarge) = (larger, isLarge);
    }

    private void Release()
    {
        if (!_isLarge)
            ArrayPool<byte>.Shared.Return(_buffer);
        _isLarge = false;
    }
}
