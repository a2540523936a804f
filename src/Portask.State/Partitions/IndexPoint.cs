namespace Portask.State.Partitions;

/// <summary>A stretch of the log: batches from one index point up to the next.</summary>
/// <param name="Offset">Base offset of its first batch.</param>
/// <param name="SequenceNr">The journal's sequence number of that batch.</param>
/// <param name="MaxTimestamp">Latest record time in it, in ms since the Unix epoch.</param>
/// <param name="Bytes">Bytes of its batches.</param>
public readonly record struct IndexPoint(long Offset, long SequenceNr, long MaxTimestamp, long Bytes);
