using Akka.Actor;
using Portask.Protocol;
using Portask.State.Transactions;

namespace Portask.Broker.Partitions;

/// <summary>
/// Batches that wait until the coordinator has said that their transaction is open with this partition in it (KIP-890). They
/// keep the order in which they came. A marker that arrives meanwhile makes the coordinator's answer worthless.
/// </summary>
internal sealed class HeldAppends
{
    private readonly Dictionary<long, Held> _byProducer = [];

    /// <summary>Holds a batch.</summary>
    /// <returns>True when it is the first one of its producer, so the coordinator has to be asked.</returns>
    public bool Hold(ProducerIdAndEpoch producer, AppendBatch append, IActorRef asking)
    {
        var isFirst = !_byProducer.TryGetValue(producer.ProducerId, out var held);
        if (isFirst)
            _byProducer[producer.ProducerId] = held = new Held();
        held!.Appends.Add((append, asking));
        return isFirst;
    }

    /// <summary>Whether batches of a producer wait, behind which its next one has to wait too.</summary>
    public bool HasAny(long producerId) => _byProducer.ContainsKey(producerId);

    /// <summary>A marker of the producer was written.</summary>
    public void MarkerWritten(long producerId)
    {
        if (_byProducer.TryGetValue(producerId, out var held))
            held.IsStale = true;
    }

    /// <summary>The coordinator answered: gives what waited, and the error that it gets.</summary>
    public (ErrorCode Error, IReadOnlyList<(AppendBatch Append, IActorRef Asking)> Appends) Release(TransactionVerified verified)
    {
        if (!_byProducer.Remove(verified.ProducerId, out var held))
            return (ErrorCode.None, []);
        return (verified.Error == ErrorCode.None && held.IsStale ? ErrorCode.InvalidTxnState : verified.Error, held.Appends);
    }

    /// <summary>The partition stops: gives all that wait.</summary>
    public IEnumerable<IActorRef> Clear()
    {
        var asking = _byProducer.Values.SelectMany(held => held.Appends.Select(append => append.Asking)).ToList();
        _byProducer.Clear();
        return asking;
    }

    private sealed class Held
    {
        public List<(AppendBatch Append, IActorRef Asking)> Appends { get; } = [];
        public bool IsStale { get; set; }
    }
}

/// <summary>What the coordinator said of a producer's transaction and this partition.</summary>
internal sealed record TransactionVerified(long ProducerId, ErrorCode Error);
