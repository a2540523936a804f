namespace Portask.State.Compaction;

/// <summary>What a topic's configs say of compaction.</summary>
/// <param name="MinDirtyRatio">Share of uncompacted bytes above which compaction runs (min.cleanable.dirty.ratio).</param>
/// <param name="MinLagMs">Age in ms below which records stay uncompacted (min.compaction.lag.ms).</param>
/// <param name="MaxLagMs">Age in ms at which records are compacted whatever the ratio is (max.compaction.lag.ms).</param>
/// <param name="DeleteRetentionMs">Time in ms that tombstones and markers stay after compaction has been over them (delete.retention.ms).</param>
/// <param name="SegmentBytes">Bytes up to which small neighbours become one segment (segment.bytes).</param>
public sealed record CleaningRules(double MinDirtyRatio, long MinLagMs, long MaxLagMs, long DeleteRetentionMs, long SegmentBytes);
