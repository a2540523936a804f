namespace Portask.Broker.Partitions;

/// <summary>How far a read goes.</summary>
/// <param name="EndOffset">No batch at or beyond this offset: high watermark or last stable offset.</param>
/// <param name="MaxBytes">Bytes of whole batches.</param>
/// <param name="TakesFirst">Whether the first batch is taken however large it is, without which a reader would never get past it.</param>
public readonly record struct ReadLimit(long EndOffset, int MaxBytes, bool TakesFirst)
{
    /// <summary>Whether one more batch goes in.</summary>
    public bool Takes(long baseOffset, int length, long bytesSoFar) =>
        baseOffset < EndOffset && (bytesSoFar + length <= MaxBytes || (TakesFirst && bytesSoFar == 0));
}
