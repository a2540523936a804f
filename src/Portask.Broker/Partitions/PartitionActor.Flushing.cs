using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>
/// flush.messages and flush.ms of a topic: having what is written brought to the disk where the journal leaves that to the
/// operating system. A journal that flushes by itself does so sooner.
/// </summary>
public sealed partial class PartitionActor
{
    // Beyond the reach of a timer it means never, as its default does.
    private const long LongestFlushPauseMs = int.MaxValue;

    private long _unflushedRecords;
    private bool _flushIsTimed;

    private void FlushIfDue(BatchAppended appended)
    {
        if (_context.Topics.Find(_topicId) is not { Settings: var settings })
            return;
        _unflushedRecords += appended.Batch.LastOffsetDelta + 1;
        if (_unflushedRecords >= settings.FlushMessages)
        {
            Flush();
        }
        else if (settings.FlushMs <= LongestFlushPauseMs && !_flushIsTimed)
        {
            _flushIsTimed = true;
            Timers.StartSingleTimer(FlushLog.Instance, FlushLog.Instance, TimeSpan.FromMilliseconds(settings.FlushMs));
        }
    }

    private void Flush()
    {
        (_unflushedRecords, _flushIsTimed) = (0, false);
        Timers.Cancel(FlushLog.Instance);
        _context.Journal.Flush(PersistenceId);
    }

    private sealed record FlushLog
    {
        public static readonly FlushLog Instance = new();
    }
}
