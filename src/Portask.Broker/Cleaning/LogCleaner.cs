using System.Collections.Concurrent;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.Protocol.Records;
using Portask.State.Compaction;
using Portask.State.Partitions;

namespace Portask.Broker.Cleaning;

/// <summary>
/// Compacts the logs of a node, a few at a time and off the threads of their partitions. A pass reads what is dirty and notes the
/// last offset of each key, in memory of a fixed size; then it goes over all that is before it, segment by segment from the
/// oldest on, so that a tombstone is marked only after what it deletes is gone.
/// </summary>
public sealed class LogCleaner(IRecordsJournal journal, BrokerSettings settings, TimeProvider time)
{
    private const int ReadBytes = 1024 * 1024;

    private readonly SemaphoreSlim _free = new(settings.LogCleanerThreads);
    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);

    /// <summary>Makes one pass.</summary>
    /// <returns>The event for the partition to journal; null when the pass has to be tried again.</returns>
    /// <exception cref="JournalCorruptedException">Entries are damaged; those before them may have been cleaned.</exception>
    /// <exception cref="Portask.Protocol.KafkaProtocolException">A stored batch cannot be opened.</exception>
    public async Task<LogCompacted?> CleanAsync(CleaningJob job, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // The pass of an earlier incarnation may be at its last step.
            if (!_running.TryAdd(job.JournalId, true))
                return null;
            try
            {
                return await Task.Run(() => PassAsync(job, cancellation), cancellation).ConfigureAwait(false);
            }
            finally
            {
                _running.TryRemove(job.JournalId, out _);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task<LogCompacted?> PassAsync(CleaningJob job, CancellationToken cancellation)
    {
        var began = time.GetUtcNow().ToUnixTimeMilliseconds();
        var scope = new CleaningScope(
            job.LogStartOffset, job.LogEndOffset, job.FirstDirtyOffset, job.Plan.Need == CleaningNeed.Compaction, job.Aborted, began,
            job.Rules.DeleteRetentionMs, settings.SocketRequestMaxBytes);
        var latest = new OffsetMap(scope.IsWhole
            ? OffsetMap.BytesFor(job.Plan.EndOffset - job.FirstDirtyOffset, settings.LogCleanerDedupeBufferBytes)
            : 0);
        if (scope.IsWhole)
            scope = scope with { EndOffset = await NoteKeysAsync(job, new BatchCleaner(scope, latest), cancellation).ConfigureAwait(false) };
        var batches = new BatchCleaner(scope, latest);
        var groups = scope.IsWhole ? SegmentGroup.Of(job, scope.EndOffset) : SegmentGroup.OfExpired(job, began);
        var (ranges, before, removed) = (new List<CompactedRange>(), 0L, 0L);
        foreach (var group in groups)
        {
            var range = new RangeCleaner(group, batches);
            if (!await journal.EditAsync(job.JournalId, group.First.FirstSequenceNr, group.LastSequenceNr, range.Edit, cancellation).ConfigureAwait(false))
                return null;
            removed += range.Removed;
            if (range.Result is not { } result)
                continue;
            ranges.Add(result);
            before += group.Segments.Sum(segment => segment.Bytes);
        }
        if (ranges.Count > 0)
            await journal.ReclaimAsync(job.JournalId, cancellation).ConfigureAwait(false);
        return new LogCompacted(
            ranges, scope.EndOffset, scope.IsWhole ? scope.EndOffset : 0, before, ranges.Sum(range => range.Segment.Bytes), removed, began,
            time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Notes the keys of what is dirty.</summary>
    /// <returns>Offset up to which there was room for them.</returns>
    private async ValueTask<long> NoteKeysAsync(CleaningJob job, BatchCleaner batches, CancellationToken cancellation)
    {
        for (var next = job.DirtySequenceNr; next <= job.Plan.LastSequenceNr;)
        {
            var entries = await journal.ReadAsync(job.JournalId, next, job.Plan.LastSequenceNr, ReadBytes, cancellation).ConfigureAwait(false);
            if (entries.Count == 0)
                break;
            foreach (var entry in entries)
                if (entry.Manifest == PartitionSerializer.BatchManifest
                    && batches.Note(new RecordBatch(PartitionSerializer.BatchOf(entry.Payload)), job.FirstDirtyOffset) is { } full)
                    return full;
            next = entries[^1].SequenceNr + 1;
        }
        return job.Plan.EndOffset;
    }
}
