using Portask.Broker.Network;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Journal;
using Portask.Protocol;

namespace Portask.Broker.Fetching;

/// <summary>How much a fetch wants and how long it waits for it.</summary>
/// <param name="MinBytes">Bytes below which it waits.</param>
/// <param name="MaxBytes">Bytes beyond which only a first batch goes.</param>
public readonly record struct FetchTerms(int MinBytes, int MaxBytes, TimeSpan MaxWait, bool ReadCommitted);

/// <summary>Reads the partitions of one fetch, and parks it, holding no thread, until there is enough or its time is up.</summary>
public sealed class Fetcher(PartitionClient partitions, IMetadataView topics, TimeProvider time)
{
    private int _parked;

    /// <summary>Fetches that wait for records at this moment.</summary>
    public int Parked => Volatile.Read(ref _parked);

    /// <summary>Reads until the terms are met. The last reading is what is answered, also when the client is gone.</summary>
    /// <param name="memory">Charged with what is answered.</param>
    public async ValueTask<IReadOnlyList<FetchRead>> FetchAsync(
        IReadOnlyList<FetchTarget> targets, FetchTerms terms, ConnectionMemory memory, CancellationToken closing)
    {
        await StartAsync(targets, closing).ConfigureAwait(false);
        var began = time.GetTimestamp();
        while (true)
        {
            using var signal = new AppendSignal();
            // Armed before reading: what is appended after the look is then not missed.
            var reads = Look(targets, signal);
            var bytes = await ReadAsync(reads, terms, memory, closing).ConfigureAwait(false);
            var left = terms.MaxWait - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || IsEnough(reads, terms) || closing.IsCancellationRequested
                || !await RaisedAsync(signal, left, closing).ConfigureAwait(false))
            {
                memory.KeepAnswer(bytes);
                return reads;
            }
            memory.SettleAnswer(bytes, 0);
        }
    }

    private static bool IsEnough(List<FetchRead> reads, FetchTerms terms) =>
        reads.Count == 0 || reads.Exists(read => read.IsUrgent) || reads.Sum(read => (long)read.Bytes) >= terms.MinBytes;

    private async Task<bool> RaisedAsync(AppendSignal signal, TimeSpan left, CancellationToken closing)
    {
        Interlocked.Increment(ref _parked);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(closing);
        var pause = Task.Delay(left, time, over.Token);
        var first = await Task.WhenAny(signal.Raised, pause).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        Interlocked.Decrement(ref _parked);
        return first == signal.Raised;
    }

    /// <summary>Starts the partitions that do not run yet, all at once.</summary>
    private async ValueTask StartAsync(IReadOnlyList<FetchTarget> targets, CancellationToken closing)
    {
        List<Task>? starting = null;
        foreach (var target in targets)
        {
            if (Find(target.Key, out _) is { } topic && partitions.Find(topic.Id, target.Key.Partition) is null)
                (starting ??= []).Add(partitions.ReaderAsync(topic.Id, target.Key.Partition, closing).AsTask());
        }
        if (starting is not null)
            await Task.WhenAll(starting).ConfigureAwait(false);
    }

    private List<FetchRead> Look(IReadOnlyList<FetchTarget> targets, AppendSignal signal)
    {
        var reads = new List<FetchRead>(targets.Count);
        foreach (var target in targets)
        {
            if (Find(target.Key, out var error) is not { } topic)
            {
                reads.Add(FetchRead.Failed(target, error));
                continue;
            }
            if (partitions.Find(topic.Id, target.Key.Partition) is not { } reader)
            {
                reads.Add(FetchRead.Failed(target, ErrorCode.NotLeaderOrFollower));
                continue;
            }
            signal.Arm(reader);
            reads.Add(FetchRead.Check(target, reader, topic));
        }
        return reads;
    }

    /// <summary>Reads what the terms and the node's memory have room for, which is charged with the bytes that are returned.</summary>
    private static async ValueTask<long> ReadAsync(List<FetchRead> reads, FetchTerms terms, ConnectionMemory memory, CancellationToken closing)
    {
        var taken = memory.TakeAnswer(Math.Min(terms.MaxBytes, reads.Sum(read => (long)Math.Max(0, read.Target.MaxBytes))));
        var bytes = 0L;
        try
        {
            await ReadWithinAsync(reads, (int)taken, terms.ReadCommitted, closing).ConfigureAwait(false);
            return bytes = reads.Sum(read => (long)read.Bytes);
        }
        finally
        {
            memory.SettleAnswer(taken, bytes);
        }
    }

    private static async ValueTask ReadWithinAsync(List<FetchRead> reads, int room, bool readCommitted, CancellationToken closing)
    {
        var isFirst = true;
        for (var i = 0; i < reads.Count && (room > 0 || isFirst); i++)
        {
            try
            {
                await reads[i].ReadAsync(readCommitted, room, isFirst, closing).ConfigureAwait(false);
            }
            catch (JournalCorruptedException)
            {
                reads[i] = FetchRead.Failed(reads[i].Target, ErrorCode.KafkaStorageError);
            }
            room = (int)Math.Max(0, (long)room - reads[i].Bytes);
            isFirst &= reads[i].Bytes == 0;
        }
    }

    private TopicMetadata? Find(FetchKey key, out ErrorCode error)
    {
        var byId = key.TopicId != Guid.Empty;
        var topic = byId ? topics.Find(key.TopicId) : topics.Find(key.Topic);
        error = topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        return topic is not null && key.Partition >= 0 && key.Partition < topic.PartitionCount ? topic : null;
    }
}
