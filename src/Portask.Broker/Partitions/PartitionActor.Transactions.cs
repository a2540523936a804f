using Akka.Actor;
using Portask.Broker.Transactions;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State.Partitions;
using Portask.State.Transactions;

namespace Portask.Broker.Partitions;

/// <summary>Transactions: having them verified before their first batch, and ending them.</summary>
public sealed partial class PartitionActor
{
    // Clients of version 2 begin a transaction while the markers of the last one are on their way (KIP-890), which takes
    // milliseconds; sending them back instead would cost each of them a pause.
    private const int MostQuestions = 50;

    private static readonly TimeSpan QuestionInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CoordinatorPatience = TimeSpan.FromSeconds(20);

    private readonly HeldAppends _held = new();

    /// <summary>Holds a batch whose transaction is not known here yet, and those behind it.</summary>
    private bool HeldForVerification(AppendBatch append, RecordBatch batch, IActorRef asking)
    {
        if (append.Transaction is null)
            return false;
        if (!_held.HasAny(batch.ProducerId) && (_state.IsInTransaction(batch.ProducerId, batch.ProducerEpoch) || _state.Decide(batch).IsDuplicate))
            return false;
        if (_held.Hold(new(batch.ProducerId, batch.ProducerEpoch), append, asking) is { } first)
            Ask(first);
        return true;
    }

    private void Ask(HeldAppends.Held held)
    {
        held.Questions++;
        var here = new TransactionPartition(_topicId, _partition);
        TransactionCommand command = held.Transaction.AddsPartition
            ? new AddPartitions(held.Producer, [here])
            : new VerifyPartitions(held.Producer, [here]);
        _context.Transactions.Join(held.Transaction.TransactionalId, new JoinPartition(command, here, held.Producer, held.Token));
        Later(held, CoordinatorPatience, isOver: true);
    }

    private void Later(HeldAppends.Held held, TimeSpan delay, bool isOver) =>
        Timers.StartSingleTimer(("join", held.Producer.ProducerId), new JoinAgain(held.Producer.ProducerId, held.Token, isOver), delay);

    private void AskAgain(JoinAgain again)
    {
        if (_held.Find(again.ProducerId, again.Token) is not { } held)
            return;
        if (again.IsOver)
            Answered(new PartitionJoined(held.Token, held.Producer, ErrorCode.CoordinatorNotAvailable));
        else
            Ask(held);
    }

    private void Answered(PartitionJoined joined)
    {
        if (_held.Find(joined.Producer.ProducerId, joined.Token) is not { } held)
            return;
        if (joined.Error == ErrorCode.ConcurrentTransactions && held.Transaction.AddsPartition && held.Questions < MostQuestions)
        {
            Later(held, QuestionInterval, isOver: false);
            return;
        }
        Timers.Cancel(("join", held.Producer.ProducerId));
        _held.Release(held);
        foreach (var append in held.Appends)
        {
            if (!held.IsAbout(append))
                Append(append.Append, append.Asking, isVerified: false);
            else if (joined.Error == ErrorCode.None)
                Append(append.Append, append.Asking, isVerified: true);
            else
                append.Asking.Tell(AppendReply.Refused(OnProducePath(joined.Error, append.Append.Transaction!)));
        }
    }

    // What producers know these errors by. PRODUCER_FENCED is for what the coordinator answers itself, and the errors that
    // go away have to be ones that producers of every age try again after.
    private static ErrorCode OnProducePath(ErrorCode error, AppendTransaction transaction) => error switch
    {
        ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.InvalidTxnState when transaction.KnowsAbortable => ErrorCode.TransactionAbortable,
        ErrorCode.ConcurrentTransactions or ErrorCode.CoordinatorNotAvailable => ErrorCode.NotEnoughReplicas,
        _ => error,
    };

    private void EndTransaction(WriteMarker write)
    {
        Lead();
        var (producerId, epoch) = write.Producer;
        var decision = _deleting
            ? new AppendDecision(ErrorCode.UnknownTopicOrPartition, -1, false)
            : _state.DecideMarker(producerId, epoch, write.Marker, write.IsRaised);
        if (decision.Error != ErrorCode.None)
        {
            Sender.Tell(new MarkerWritten(write.Partition, decision.Error, write.Decision));
            return;
        }
        if (!decision.IsDuplicate)
        {
            var now = Now;
            var bytes = write.Marker.ToBatch(producerId, epoch, now.UnixMs);
            RollIfDue(bytes.Length, now);
            RecordBatch.Stamp(bytes, decision.BaseOffset, _state.Epochs.Latest);
            Accept(new BatchAppended(bytes, now.UnixMs));
        }
        _synced.Add(_acceptedSequenceNr, Sender, new MarkerWritten(write.Partition, ErrorCode.None, write.Decision));
    }

    private void Describe() => Sender.Tell(new ProducersDescribed([.. _state.Producers.ToSnapshot().Select(producer =>
        new DescribedProducer(producer, _state.Transactions.FirstOffsetOf(producer.ProducerId)))]));
}
