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
    private readonly HeldAppends _held = new();

    /// <summary>Holds a batch whose transaction is not known here yet, and those behind it.</summary>
    private bool HeldForVerification(AppendBatch append, RecordBatch batch)
    {
        if (append.Transaction is not { } transaction)
            return false;
        if (!_held.HasAny(batch.ProducerId) && (_state.Transactions.IsOpen(batch.ProducerId) || _state.Decide(batch).IsDuplicate))
            return false;
        var producer = new ProducerIdAndEpoch(batch.ProducerId, batch.ProducerEpoch);
        if (_held.Hold(producer, append, Sender))
            VerifyAsync(transaction, producer).PipeTo(Self);
        return true;
    }

    private async Task<TransactionVerified> VerifyAsync(AppendTransaction transaction, ProducerIdAndEpoch producer)
    {
        TransactionPartition[] here = [new(_topicId, _partition)];
        TransactionCommand command = transaction.AddsPartition ? new AddPartitions(producer, here) : new VerifyPartitions(producer, here);
        var reply = await _context.Transactions.RunAsync(transaction.TransactionalId, command, CancellationToken.None).ConfigureAwait(false);
        return new(producer.ProducerId, reply.Error);
    }

    private void AppendVerified(TransactionVerified verified)
    {
        var (error, appends) = _held.Release(verified);
        foreach (var (append, asking) in appends)
        {
            if (error == ErrorCode.None)
                Append(append, asking, isVerified: true);
            else
                asking.Tell(AppendReply.Refused(OnProducePath(error)));
        }
    }

    // Producers know a fenced epoch by this code; PRODUCER_FENCED is for what the coordinator answers itself.
    private static ErrorCode OnProducePath(ErrorCode error) => error == ErrorCode.ProducerFenced ? ErrorCode.InvalidProducerEpoch : error;

    private void EndTransaction(WriteMarker write)
    {
        Lead();
        var (producerId, epoch) = write.Producer;
        var decision = _deleting ? new AppendDecision(ErrorCode.UnknownTopicOrPartition, -1, false) : _state.DecideMarker(producerId, epoch, write.Marker);
        if (decision.Error != ErrorCode.None)
        {
            Sender.Tell(new MarkerWritten(write.Partition, decision.Error));
            return;
        }
        if (!decision.IsDuplicate)
        {
            var now = Now;
            var bytes = write.Marker.ToBatch(producerId, epoch, now.UnixMs);
            RollIfDue(bytes.Length, now);
            RecordBatch.Stamp(bytes, decision.BaseOffset, _state.Epochs.Latest);
            _held.MarkerWritten(producerId);
            Accept(new BatchAppended(bytes, now.UnixMs));
        }
        _synced.Add(_acceptedSequenceNr, Sender, new MarkerWritten(write.Partition, ErrorCode.None));
    }
}
