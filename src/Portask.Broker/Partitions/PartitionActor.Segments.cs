using Akka.Actor;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>Segments: when one ends, and what goes of the log by retention and DeleteRecords.</summary>
public sealed partial class PartitionActor
{
    private void RollIfDue(int nextBytes, Now now)
    {
        if (_context.Topics.Find(_topicId) is { Settings: var settings } && _state.Segments.RollIsDue(nextBytes, now.UnixMs, LimitsOf(settings)))
            Roll(now);
    }

    private void Roll(Now now) => Accept(new SegmentRolled(_state.NextOffset, now.UnixMs));

    private SegmentLimits LimitsOf(TopicSettings settings)
    {
        // Compaction leaves the active segment alone, so that records are compacted in time it has to end in time (KIP-354).
        var ms = settings.CleanupCompact ? Math.Min(settings.SegmentMs, settings.MaxCompactionLagMs) : settings.SegmentMs;
        return new(settings.SegmentBytes, ms - Math.Min(ms, Jitter(settings.SegmentJitterMs)));
    }

    /// <summary>
    /// What is taken off a segment's time, so that partitions that were created together do not roll together. It follows from
    /// the segment, and so is the same after a restart.
    /// </summary>
    private long Jitter(long mostMs)
    {
        if (mostMs == 0)
            return 0;
        var seed = ((ulong)(uint)_topicId.GetHashCode() << 32) + ((ulong)_partition << 20) + (ulong)_state.Segments.Active.BaseOffset;
        return (long)((seed * 0x9E3779B97F4A7C15 >> 16) % (ulong)mostMs);
    }

    private void DeleteRecords(DeleteRecordsBefore delete)
    {
        Lead();
        var offset = delete.Offset == -1 ? _state.NextOffset : delete.Offset;
        if (offset < 0 || offset > _state.NextOffset)
        {
            Sender.Tell(new RecordsDeleted(ErrorCode.OffsetOutOfRange, -1));
            return;
        }
        MoveLogStart(offset, LogStartCause.DeleteRecords);
        _synced.Add(_acceptedSequenceNr, Sender, new RecordsDeleted(ErrorCode.None, _state.LogStartOffset));
    }

    private void ApplyRetentionNow()
    {
        if (_deleting || _context.Topics.Find(_topicId) is not { Settings: var settings })
            return;
        var now = Now;
        _state.ExpireProducers(now.UnixMs - _context.Settings.ProducerIdExpirationMs);
        RollIfDue(0, now);
        // The topic may have become a compacted one.
        LookSoon();
        if (!settings.CleanupDelete)
            return;
        var notBefore = settings.RetentionMs < 0 ? long.MinValue : now.UnixMs - settings.RetentionMs;
        var start = _state.Segments.RetainedFrom(_state.NextOffset, notBefore, settings.RetentionBytes);
        // Segments go as a whole, so the active one ends first when all in it is past its time.
        if (start == _state.NextOffset && _state.Segments.Active.Bytes > 0)
            Roll(now);
        MoveLogStart(start, LogStartCause.Retention);
    }

    private void MoveLogStart(long offset, LogStartCause cause)
    {
        if (offset <= _state.LogStartOffset)
            return;
        _snapshots.DueNow();
        Accept(new LogStartOffsetMoved(offset, Now.UnixMs, cause));
    }
}
