using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.Broker.Cleaning;

/// <summary>Neighbouring segments that become one.</summary>
/// <param name="EndOffset">Offset from which the next segment is.</param>
/// <param name="LastSequenceNr">The journal's last sequence number in them.</param>
internal sealed record SegmentGroup(IReadOnlyList<LogSegment> Segments, long EndOffset, long LastSequenceNr)
{
    public LogSegment First => Segments[0];

    /// <summary>
    /// The segments before an offset. Small ones are taken together up to the bytes of a segment; one that has half of that
    /// already stays alone, so that it is written again only when something in it goes.
    /// </summary>
    public static List<SegmentGroup> Of(CleaningJob job, long endOffset)
    {
        var groups = new List<SegmentGroup>();
        var segments = job.Plan.Segments;
        for (var at = 0; at < segments.Count && segments[at].BaseOffset < endOffset;)
        {
            var (end, bytes) = (at + 1, segments[at].Bytes);
            while (end < segments.Count && segments[end].BaseOffset < endOffset
                && IsSmall(segments[end - 1], job.Rules) && IsSmall(segments[end], job.Rules)
                && bytes + segments[end].Bytes <= job.Rules.SegmentBytes)
            {
                bytes += segments[end++].Bytes;
            }
            groups.Add(Slice(job.Plan, at, end));
            at = end;
        }
        return groups;
    }

    /// <summary>The segments, one by one, in which something may go now.</summary>
    public static List<SegmentGroup> OfExpired(CleaningJob job, long nowMs) =>
        [.. Enumerable.Range(0, job.Plan.Segments.Count)
            .Where(at => job.Plan.Segments[at].DeleteHorizonMs is >= 0 and var horizon && horizon <= nowMs)
            .Select(at => Slice(job.Plan, at, at + 1))];

    private static bool IsSmall(LogSegment segment, CleaningRules rules) => segment.Bytes < rules.SegmentBytes / 2;

    private static SegmentGroup Slice(CleaningPlan plan, int from, int end)
    {
        var all = plan.Segments;
        return end < all.Count
            ? new([.. all.Skip(from).Take(end - from)], all[end].BaseOffset, all[end].FirstSequenceNr - 1)
            : new([.. all.Skip(from).Take(end - from)], plan.EndOffset, plan.LastSequenceNr);
    }
}
