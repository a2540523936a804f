namespace Portask.State.Partitions;

/// <summary>A segment: the unit in which a log is retained and compacted. Records are only added to the last one, the active.</summary>
/// <param name="BaseOffset">Offset from which its records are.</param>
/// <param name="FirstSequenceNr">The journal's sequence number from which its entries are.</param>
/// <param name="Bytes">Bytes of its batches.</param>
/// <param name="MaxTimestamp">Latest record time in it, in ms since the Unix epoch; -1 when it has no records.</param>
/// <param name="FirstAppendMs">The broker's time when its first batch came; -1 before that.</param>
/// <param name="DeleteHorizonMs">When the first of its tombstones and markers may go that compaction has been over; -1 for never.</param>
public readonly record struct LogSegment(
    long BaseOffset, long FirstSequenceNr, long Bytes, long MaxTimestamp, long FirstAppendMs, long DeleteHorizonMs = -1);

/// <summary>What ends an active segment.</summary>
/// <param name="Bytes">Most bytes of a segment, unless it is a single batch.</param>
/// <param name="Ms">Time in ms from the first batch of a segment to its end.</param>
public readonly record struct SegmentLimits(long Bytes, long Ms);
