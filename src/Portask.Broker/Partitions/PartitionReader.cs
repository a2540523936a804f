using Akka.Actor;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>
/// The reading side of a partition that runs on this node. Fetches use it from their own threads, so reading neither waits
/// for the partition's mailbox nor fills it; the partition alone moves the offsets.
/// </summary>
public sealed class PartitionReader(Guid topicId, int partition, string journalId, Func<OffsetIndex> index, TailCache tail, IRecordsJournal journal)
{
    private readonly TaskCompletionSource _writingEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<AppendSignal> _waiting = [];
    private long _highWatermark;
    private long _logStartOffset;
    private long _lastSequenceNr;
    private long _lastStableOffset;
    private long _cleanings;
    private volatile AbortedTransactions _aborted = AbortedTransactions.None;
    private volatile LeaderEpochHistory _epochs = LeaderEpochHistory.Empty;
    private volatile bool _stopped;
    private volatile bool _endsWriting;

    /// <summary>The topic (KIP-516).</summary>
    public Guid TopicId => topicId;

    /// <summary>The partition's index in its topic.</summary>
    public int Partition => partition;

    /// <summary>Completes when the actor has stopped: what it has not answered by then it never will.</summary>
    public Task WritingEnded => _writingEnded.Task;

    /// <summary>Whether the actor takes messages; a reader may outlive it while the disk refuses.</summary>
    public bool IsWritable => !_endsWriting;

    /// <summary>Offset after the last record that the journal has; all before it may be read.</summary>
    public long HighWatermark => Volatile.Read(ref _highWatermark);

    /// <summary>Offset of the first record that may be read.</summary>
    public long LogStartOffset => Volatile.Read(ref _logStartOffset);

    /// <summary>Offset before which every transaction is decided.</summary>
    public long LastStableOffset => Volatile.Read(ref _lastStableOffset);

    /// <summary>The transactions whose records are not to be seen under read_committed.</summary>
    public AbortedTransactions Aborted => _aborted;

    /// <summary>
    /// How often compaction has changed what is read. Who reads under read_committed takes this, then the aborted transactions, then
    /// the batches, and begins again when this has moved: else a marker might be gone of a transaction that is still told of.
    /// </summary>
    public long Cleanings => Volatile.Read(ref _cleanings);

    /// <summary>The leader epochs.</summary>
    public LeaderEpochHistory Epochs => _epochs;

    /// <summary>True once the partition runs here no longer.</summary>
    public bool IsStopped => _stopped;

    /// <summary>The partition's actor.</summary>
    public IActorRef Owner { get; init; } = ActorRefs.Nobody;

    /// <summary>Messages that wait for the partition's actor.</summary>
    public int MailboxDepth => (Owner as ActorRefWithCell)?.Underlying.NumberOfMessages ?? 0;

    /// <summary>Bytes of all batches.</summary>
    public long SizeInBytes => index().SizeInBytes;

    /// <summary>Moves the offsets to what the journal has, and wakes who waits.</summary>
    internal void Publish(ReadableState readable, long lastSequenceNr)
    {
        Volatile.Write(ref _lastSequenceNr, lastSequenceNr);
        Volatile.Write(ref _logStartOffset, readable.LogStartOffset);
        _epochs = readable.Epochs;
        // The aborted ones before the offset that lets their records be read.
        _aborted = readable.Aborted;
        Volatile.Write(ref _cleanings, readable.Cleanings);
        Volatile.Write(ref _lastStableOffset, readable.LastStableOffset);
        Volatile.Write(ref _highWatermark, readable.HighWatermark);
        RaiseAll();
    }

    /// <summary>The actor stops: who comes from now on, told by those that it answers at its end, has to start the next one.</summary>
    public void BeginEnd() => _endsWriting = true;

    /// <summary>The actor has stopped.</summary>
    public void EndWriting() => _writingEnded.TrySetResult();

    /// <summary>Ends reading here: who waits is woken and finds the partition stopped.</summary>
    public void Stop()
    {
        _stopped = true;
        tail.Clear();
        RaiseAll();
    }

    /// <summary>Raises a signal at the next change.</summary>
    public void Await(AppendSignal signal)
    {
        lock (_gate)
            _waiting.Add(signal);
    }

    /// <summary>Raises a signal no more.</summary>
    public void Forget(AppendSignal signal)
    {
        lock (_gate)
            _waiting.Remove(signal);
    }

    /// <summary>Whole batches from the one that holds an offset on; none when the offset is at the limit's end.</summary>
    /// <exception cref="JournalCorruptedException">The stored bytes are damaged.</exception>
    public ValueTask<List<ReadOnlyMemory<byte>>> ReadAsync(long offset, ReadLimit limit, CancellationToken cancellation)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        if (offset >= limit.EndOffset || tail.TryRead(offset, limit, batches))
            return new(batches);
        // The journal may read files: not on the thread of the connection, whose requests would wait.
        return new(Task.Run(() => ReadJournalAsync(offset, limit, batches, cancellation), cancellation));
    }

    /// <summary>The first stretch with a record at or after a time, or null.</summary>
    public IndexPoint? FirstNotBefore(long timestamp) => index().FirstNotBefore(timestamp, LogStartOffset);

    /// <summary>The stretches, those with the latest records first, and of equal ones the older.</summary>
    public IEnumerable<IndexPoint> LatestFirst() => index().ToList().OrderByDescending(point => point.MaxTimestamp).ThenBy(point => point.Offset);

    private async Task<List<ReadOnlyMemory<byte>>> ReadJournalAsync(
        long offset, ReadLimit limit, List<ReadOnlyMemory<byte>> batches, CancellationToken cancellation)
    {
        if (index().Floor(offset) is not { } point)
            return batches;
        var last = Volatile.Read(ref _lastSequenceNr);
        var bytes = 0L;
        for (var next = point.SequenceNr; next <= last;)
        {
            var room = (int)Math.Min((long)Math.Max(limit.MaxBytes, 0) - bytes + OffsetIndex.StretchBytes, int.MaxValue);
            var entries = await journal.ReadAsync(journalId, next, last, room, cancellation).ConfigureAwait(false);
            if (entries.Count == 0)
                break;
            foreach (var entry in entries)
            {
                if (entry.Manifest != PartitionSerializer.BatchManifest)
                    continue;
                var batch = new RecordBatch(PartitionSerializer.BatchOf(entry.Payload));
                if (batch.NextOffset <= offset)
                    continue;
                if (!limit.Takes(batch.BaseOffset, batch.Length, bytes))
                    return batches;
                batches.Add(batch.Bytes);
                bytes += batch.Length;
            }
            next = entries[^1].SequenceNr + 1;
        }
        return batches;
    }

    private void RaiseAll()
    {
        AppendSignal[] waiting;
        lock (_gate)
        {
            if (_waiting.Count == 0)
                return;
            waiting = [.. _waiting];
            _waiting.Clear();
        }
        foreach (var signal in waiting)
            signal.Raise();
    }
}

/// <summary>What readers may see once the journal has got as far as the event that led to it.</summary>
internal readonly record struct ReadableState(
    long LogStartOffset, long HighWatermark, long LastStableOffset, LeaderEpochHistory Epochs, AbortedTransactions Aborted, long Cleanings)
{
    /// <summary>The state as it is now.</summary>
    public static ReadableState Of(PartitionState state) =>
        new(state.LogStartOffset, state.NextOffset, state.LastStableOffset, state.Epochs, state.Transactions.Aborted, state.Cleanings);
}
