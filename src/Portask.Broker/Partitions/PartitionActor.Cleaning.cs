using Akka.Actor;
using Akka.Event;
using Portask.Broker.Cleaning;
using Portask.Broker.Topics;
using Portask.State;
using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>
/// Compaction: when the log is due for it, and taking over what the cleaner has done. A log that is not written to is looked at
/// only when time alone gives something to do, so idle partitions cost nothing.
/// </summary>
public sealed partial class PartitionActor
{
    // Far moments are looked at again now and then, since the clock may be set.
    private const long LongestPauseMs = 3_600_000;

    private readonly CancellationTokenSource _cleaningEnd = new();
    private readonly List<IActorRef> _awaitingCleaning = [];
    private long _nextLookMs = long.MaxValue;
    private bool _isCleaning;
    private bool _awaitsSnapshot;

    private void CleanLogNow(IActorRef asking)
    {
        // The timer asks for no answer.
        if (!asking.Equals(Context.System.DeadLetters) && !asking.Equals(Self))
            _awaitingCleaning.Add(asking);
        _nextLookMs = long.MaxValue;
        if (!_isCleaning && !BeginsCleaning())
            AnswerCleaned();
    }

    private bool BeginsCleaning()
    {
        if (_deleting || !_leads || _context.Topics.Find(_topicId) is not { Settings: { CleanupCompact: true } settings })
            return false;
        var now = Now;
        if (_state.Segments.RollIsDue(0, now.UnixMs, LimitsOf(settings)))
        {
            _snapshots.DueNow();
            Roll(now);
        }
        var rules = new CleaningRules(
            settings.MinCleanableDirtyRatio, settings.MinCompactionLagMs, settings.MaxCompactionLagMs, settings.DeleteRetentionMs, settings.SegmentBytes);
        var plan = CleaningPlan.Of(_state, rules, now.UnixMs);
        if (plan.Need == CleaningNeed.Nothing)
        {
            LookAt(plan.LookAgainMs);
            LookAt(EndOfActive(settings));
            return false;
        }
        // A recovery must not replay what is cleaned: it would miss offsets.
        if (_snapshots.SavedTo < plan.LastSequenceNr)
        {
            SnapshotNow();
            LookSoon();
            return _awaitsSnapshot = true;
        }
        _isCleaning = true;
        _context.Cleaner.CleanAsync(CleaningJob.Of(PersistenceId, _state, plan, rules), _cleaningEnd.Token)
            .PipeTo(Self, success: done => new CleaningEnded(done, null), failure: cause => new CleaningEnded(null, cause));
        return true;
    }

    // The image has to be of the very number that the journal has last; else the next event takes it along.
    private void SnapshotNow()
    {
        if (_writtenTo == _acceptedSequenceNr)
            SaveSnapshot(_state.ToSnapshot());
        else
            _snapshots.DueNow();
    }

    private void SnapshotSaved(bool isSaved)
    {
        if (!_awaitsSnapshot)
            return;
        _awaitsSnapshot = false;
        if (!isSaved || (!_isCleaning && !BeginsCleaning()))
            AnswerCleaned();
    }

    private void EndCleaning(CleaningEnded ended)
    {
        // Before anybody is told that aborted records are gone, so that none are read from memory after that. Also when the pass
        // broke off: the journal may have less than memory.
        _tail.DropBefore(_state.Segments.Active.BaseOffset);
        if (ended.Done is { } done && !_deleting)
        {
            Accept(done);
            return;
        }
        _isCleaning = false;
        if (ended.Cause is { } cause and not OperationCanceledException)
            Log.Warning("{PersistenceId}: compaction failed and is tried again: {Cause}", PersistenceId, cause.Message);
        LookSoon();
        AnswerCleaned();
    }

    // The next pass may begin only now: it takes markers whose transactions this one has taken off the list.
    private void CleaningJournaled(LogCompacted done)
    {
        _isCleaning = false;
        Log.Debug(
            "{PersistenceId}: compacted to offset {Offset} in {Ms} ms, {Before} bytes to {After}, {Removed} records removed",
            PersistenceId, done.FirstDirtyOffset, done.AtMs - done.BeganMs, done.BytesBefore, done.BytesAfter, done.RecordsRemoved);
        LookSoon();
        AnswerCleaned();
    }

    private void AnswerCleaned()
    {
        foreach (var asking in _awaitingCleaning)
            asking.Tell(new LogCleaned(_state.FirstDirtyOffset));
        _awaitingCleaning.Clear();
    }

    private long EndOfActive(TopicSettings settings) =>
        _state.Segments.Active is { Bytes: > 0, FirstAppendMs: var began } ? CleaningPlan.Sum(began, LimitsOf(settings).Ms) : long.MaxValue;

    /// <summary>Something changed: there will be a look, not at once but after the pause that the cleaner keeps.</summary>
    private void LookSoon()
    {
        if (_nextLookMs != long.MaxValue && _nextLookMs <= _context.Time.GetUtcNow().ToUnixTimeMilliseconds() + _context.Settings.LogCleanerBackoffMs)
            return;
        if (_context.Topics.Find(_topicId) is { Settings.CleanupCompact: true })
            LookAt(Now.UnixMs + _context.Settings.LogCleanerBackoffMs);
    }

    private void LookAt(long atMs)
    {
        if (atMs >= _nextLookMs)
            return;
        _nextLookMs = atMs;
        var pause = Math.Clamp(atMs - Now.UnixMs, _context.Settings.LogCleanerBackoffMs, LongestPauseMs);
        Timers.StartSingleTimer(CleanLog.Instance, CleanLog.Instance, TimeSpan.FromMilliseconds(pause));
    }

    private sealed record CleaningEnded(LogCompacted? Done, Exception? Cause);
}
