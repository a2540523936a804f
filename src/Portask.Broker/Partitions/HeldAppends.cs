using Akka.Actor;
using Portask.State.Transactions;

namespace Portask.Broker.Partitions;

/// <summary>
/// Batches that wait until the coordinator has said that their transaction is open with this partition in it (KIP-890). They
/// keep the order in which they came.
/// </summary>
internal sealed class HeldAppends
{
    private readonly Dictionary<long, Held> _byProducer = [];
    private long _lastToken;

    /// <summary>Holds a batch.</summary>
    /// <returns>What its producer waits with when it is the first one, so that the coordinator has to be asked, else null.</returns>
    public Held? Hold(ProducerIdAndEpoch producer, AppendBatch append, IActorRef asking)
    {
        var isFirst = !_byProducer.TryGetValue(producer.ProducerId, out var held);
        if (isFirst)
            _byProducer[producer.ProducerId] = held = new Held(++_lastToken, producer, append.Transaction!);
        held!.Appends.Add(new(new(append.Transaction!, producer), append, asking));
        return isFirst ? held : null;
    }

    /// <summary>Whether batches of a producer wait, behind which its next one has to wait too.</summary>
    public bool HasAny(long producerId) => _byProducer.ContainsKey(producerId);

    /// <summary>What a producer waits with under a token; null when that question is over.</summary>
    public Held? Find(long producerId, long token) =>
        _byProducer.TryGetValue(producerId, out var held) && held.Token == token ? held : null;

    /// <summary>The coordinator answered: gives back what waited.</summary>
    public void Release(Held held) => _byProducer.Remove(held.Producer.ProducerId);

    /// <summary>The partition stops: gives all that wait.</summary>
    public IEnumerable<IActorRef> Clear()
    {
        var asking = _byProducer.Values.SelectMany(held => held.Appends.Select(append => append.Asking)).ToList();
        _byProducer.Clear();
        return asking;
    }

    /// <summary>The batches of a producer that wait for one answer.</summary>
    /// <param name="token">Tells the answer from one to an earlier question.</param>
    public sealed class Held(long token, ProducerIdAndEpoch producer, AppendTransaction transaction)
    {
        public long Token => token;

        /// <summary>The producer that the question is about. Batches of a later epoch may wait behind its own.</summary>
        public ProducerIdAndEpoch Producer => producer;

        public AppendTransaction Transaction => transaction;

        /// <summary>How often the coordinator was asked.</summary>
        public int Questions { get; set; }

        public List<HeldAppend> Appends { get; } = [];

        /// <summary>Whether the answer is about a batch.</summary>
        public bool IsAbout(HeldAppend append) => append.Of == (transaction, producer);
    }
}

/// <summary>One batch that waits.</summary>
internal sealed record HeldAppend((AppendTransaction Transaction, ProducerIdAndEpoch Producer) Of, AppendBatch Append, IActorRef Asking);

/// <summary>Asks the coordinator once more, or gives up when it did not answer.</summary>
internal sealed record JoinAgain(long ProducerId, long Token, bool IsOver);
