namespace Portask.Protocol.Records;

/// <summary>Decompressed records in a rented array, which goes back when this is disposed of.</summary>
public readonly struct OpenedRecords : IDisposable
{
    private readonly DecompressionOutput? _output;

    internal OpenedRecords(ReadOnlyMemory<byte> bytes, DecompressionOutput? output) => (Bytes, _output) = (bytes, output);

    /// <summary>The records; not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <inheritdoc/>
    public void Dispose() => _output?.Dispose();
}
