using Portask.Protocol;
using Portask.Protocol.Records;

namespace Portask.State.Partitions;

/// <summary>A batch of an idempotent producer that was taken.</summary>
public readonly record struct SequencedBatch(int FirstSequence, int LastSequence, long BaseOffset, long TimestampMs);

/// <summary>What a batch's sequence says about it.</summary>
/// <param name="Error">OutOfOrderSequenceNumber, InvalidProducerEpoch, or None.</param>
/// <param name="Duplicate">The batch that was taken before, when this is the same one again.</param>
public readonly record struct SequenceVerdict(ErrorCode Error, SequencedBatch? Duplicate);

/// <summary>The last five batches of each idempotent producer (KIP-98): five is what a producer may have in flight.</summary>
public sealed class ProducerWindow
{
    /// <summary>Batches remembered of a producer.</summary>
    public const int BatchesPerProducer = 5;

    private readonly Dictionary<long, Producer> _producers = [];

    /// <summary>Producers that are remembered.</summary>
    public int Count => _producers.Count;

    /// <summary>Whether a batch may be appended, checked against all that was accepted before it.</summary>
    public SequenceVerdict Check(RecordBatch batch)
    {
        // A producer that is not remembered may go on where it was: Kafka forgets producers too, and trusts them after that.
        if (!_producers.TryGetValue(batch.ProducerId, out var producer))
            return default;
        if (batch.ProducerEpoch < producer.Epoch)
            return new(ErrorCode.InvalidProducerEpoch, null);
        var last = LastSequence(batch);
        if (batch.ProducerEpoch > producer.Epoch)
            return new(batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber, null);
        foreach (var taken in producer.Batches)
            if (taken.FirstSequence == batch.BaseSequence && taken.LastSequence == last)
                return new(ErrorCode.None, taken);
        // Remembered for the marker alone, which raised its epoch: sequences begin anew.
        var expected = producer.Batches.Count == 0 ? 0 : Next(producer.Batches.Last().LastSequence);
        return new(batch.BaseSequence == expected ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber, null);
    }

    /// <summary>Remembers a batch that was appended.</summary>
    public void Add(RecordBatch batch, long appendMs)
    {
        if (!_producers.TryGetValue(batch.ProducerId, out var producer) || producer.Epoch != batch.ProducerEpoch)
            _producers[batch.ProducerId] = producer = new Producer(batch.ProducerEpoch) { CoordinatorEpoch = producer?.CoordinatorEpoch ?? -1 };
        producer.LastMs = appendMs;
        producer.Batches.Enqueue(new SequencedBatch(batch.BaseSequence, LastSequence(batch), batch.BaseOffset, batch.MaxTimestamp));
        if (producer.Batches.Count > BatchesPerProducer)
            producer.Batches.Dequeue();
    }

    /// <summary>Whether a marker may end a producer's transaction, and whether one of that epoch was here before.</summary>
    /// <returns>InvalidProducerEpoch or TransactionCoordinatorFenced for a marker of the past.</returns>
    public (ErrorCode Error, bool IsKnown) CheckMarker(long producerId, short producerEpoch, int coordinatorEpoch)
    {
        if (!_producers.TryGetValue(producerId, out var producer))
            return (ErrorCode.None, false);
        if (producerEpoch < producer.Epoch)
            return (ErrorCode.InvalidProducerEpoch, false);
        if (coordinatorEpoch < producer.CoordinatorEpoch)
            return (ErrorCode.TransactionCoordinatorFenced, false);
        return (ErrorCode.None, producerEpoch == producer.Epoch && producer.CoordinatorEpoch >= 0);
    }

    /// <summary>A marker ended the producer's transaction. A raised epoch fences what the producer sends with the old one.</summary>
    public void EndTransaction(long producerId, short producerEpoch, int coordinatorEpoch, long appendMs)
    {
        if (!_producers.TryGetValue(producerId, out var producer) || producer.Epoch != producerEpoch)
            _producers[producerId] = producer = new Producer(producerEpoch);
        (producer.LastMs, producer.CoordinatorEpoch) = (appendMs, coordinatorEpoch);
    }

    /// <summary>The last epoch seen of a producer, -1 when it is not remembered.</summary>
    public short EpochOf(long producerId) => _producers.TryGetValue(producerId, out var producer) ? producer.Epoch : (short)-1;

    /// <summary>Forgets producers that have appended nothing since a time.</summary>
    /// <param name="keeps">Those that are not to be forgotten.</param>
    public void Expire(long beforeMs, Func<long, bool> keeps)
    {
        foreach (var (id, producer) in _producers)
            if (producer.LastMs < beforeMs && !keeps(id))
                _producers.Remove(id);
    }

    /// <summary>All that is remembered.</summary>
    public IReadOnlyList<ProducerSnapshot> ToSnapshot() =>
        [.. _producers.Select(entry => new ProducerSnapshot(entry.Key, entry.Value.Epoch, entry.Value.LastMs, entry.Value.CoordinatorEpoch, [.. entry.Value.Batches]))];

    /// <summary>The window that a snapshot holds.</summary>
    public static ProducerWindow From(IReadOnlyList<ProducerSnapshot> snapshot)
    {
        var window = new ProducerWindow();
        foreach (var (id, epoch, lastMs, coordinatorEpoch, batches) in snapshot)
        {
            var producer = window._producers[id] = new Producer(epoch) { LastMs = lastMs, CoordinatorEpoch = coordinatorEpoch };
            foreach (var batch in batches)
                producer.Batches.Enqueue(batch);
        }
        return window;
    }

    // Sequences wrap to 0 after the largest int.
    private static int LastSequence(RecordBatch batch) =>
        (int)(((long)batch.BaseSequence + batch.LastOffsetDelta) & int.MaxValue);

    private static int Next(int sequence) => sequence == int.MaxValue ? 0 : sequence + 1;

    private sealed class Producer(short epoch)
    {
        public short Epoch => epoch;
        public long LastMs { get; set; }
        public int CoordinatorEpoch { get; set; } = -1;
        public Queue<SequencedBatch> Batches { get; } = new(BatchesPerProducer + 1);
    }
}
