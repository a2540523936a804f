using Akka.Actor;

namespace Portask.Broker.Partitions;

/// <summary>
/// Replies that wait until the journal has got as far as a sequence number: written, for acks=1, or on disk, for acks=all.
/// Numbers are given in order, so the first to come is the first to go.
/// </summary>
internal sealed class PendingReplies
{
    private readonly Queue<(long SequenceNr, IActorRef To, object Reply)> _waiting = new();

    /// <summary>How far the journal has got.</summary>
    public long Reached { get; private set; }

    /// <summary>Sends a reply once the journal has got to a number, at once when it has already.</summary>
    public void Add(long sequenceNr, IActorRef to, object reply)
    {
        if (sequenceNr <= Reached)
            to.Tell(reply);
        else
            _waiting.Enqueue((sequenceNr, to, reply));
    }

    /// <summary>The journal has got to a number: sends what waited for it.</summary>
    public void Advance(long sequenceNr)
    {
        Reached = Math.Max(Reached, sequenceNr);
        while (_waiting.TryPeek(out var first) && first.SequenceNr <= Reached)
        {
            _waiting.Dequeue();
            first.To.Tell(first.Reply);
        }
    }

    /// <summary>Tells all who wait something else instead.</summary>
    public void Fail(Func<object, object> insteadOf)
    {
        while (_waiting.TryDequeue(out var waiting))
            waiting.To.Tell(insteadOf(waiting.Reply));
    }
}
