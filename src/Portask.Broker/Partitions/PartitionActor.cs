using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using Portask.Broker.Cluster;
using Portask.Broker.Metrics;
using Portask.Broker.Transactions;
using Portask.Journal;
using Portask.Journal.Sql;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State;
using Portask.State.Partitions;

namespace Portask.Broker.Partitions;

/// <summary>
/// A partition: gives batches their offsets, journals them and answers. It accepts while earlier writes are in flight, and
/// what waited goes to the journal together. An event is applied when it is accepted; should the journal then refuse it,
/// everybody who waits is told and the partition starts again from the journal.
/// </summary>
public sealed partial class PartitionActor : UntypedPersistentActor, IWithTimers
{
    private readonly Guid _topicId;
    private readonly int _partition;
    private readonly PartitionContext _context;
    private readonly PartitionReader _reader;
    private readonly TailCache _tail;
    private readonly BrokerMeters _meters = BrokerMeters.Get(Context.System);
    private readonly PendingReplies _written = new();
    private readonly PendingReplies _synced = new();
    private readonly PartitionSnapshots _snapshots = new();
    private PartitionState _state = new();
    private long _acceptedSequenceNr;
    private long _writtenTo;
    private long _syncedTo;
    private bool _leads;
    private bool _served;
    private bool _diskRefuses;
    private bool _isReplaced;
    private long _ledFrom;

    public PartitionActor(Guid topicId, int partition, PartitionContext context)
    {
        (_topicId, _partition, _context) = (topicId, partition, context);
        PersistenceId = EntityIds.PartitionJournal(EntityIds.Partition(topicId, partition));
        JournalPluginId = context.JournalPluginId;
        _tail = new TailCache(context.TailBudget);
        _reader = new PartitionReader(topicId, partition, PersistenceId, () => _state.Index, _tail, context.Journal) { Owner = Self };
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private Now Now => new(_context.Time.GetUtcNow().ToUnixTimeMilliseconds());

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: PartitionSnapshot snapshot } offer:
                _state = new PartitionState(snapshot);
                _snapshots.Recovered(offer.Metadata.SequenceNr);
                break;
            case IPartitionJournaled journaled:
                _state.Apply(journaled, LastSequenceNr);
                _snapshots.Note(journaled);
                break;
            case RecoveryCompleted:
                _acceptedSequenceNr = LastSequenceNr;
                _context.Journal.SubscribeSynced(PersistenceId, Self);
                break;
            default:
                throw new InvalidOperationException($"{PersistenceId}: the journal holds {message.GetType().Name}, which a partition does not know");
        }
    }

    protected override void OnCommand(object message)
    {
        if (Refused(message))
            return;
        switch (message)
        {
            case AppendBatch append:
                Append(append, Sender, isVerified: false);
                break;
            case PartitionJoined joined:
                Answered(joined);
                break;
            case JoinAgain again:
                AskAgain(again);
                break;
            case DescribeProducers:
                Describe();
                break;
            case WriteMarker write:
                EndTransaction(write);
                break;
            case Synced synced:
                _syncedTo = synced.SequenceNr;
                AnswerSynced();
                break;
            case WakePartition:
                Wake();
                break;
            case DeleteRecordsBefore delete:
                DeleteRecords(delete);
                break;
            case ApplyRetention:
                ApplyRetentionNow();
                break;
            case FlushLog:
                Flush();
                break;
            case CleanLog:
                CleanLogNow(Sender);
                break;
            case CleaningEnded ended:
                EndCleaning(ended);
                break;
            case HandOffStop:
                HandOff();
                break;
            case DeletePartition:
                BeginDeletion();
                break;
            case SyncFailed failed:
                _meters.PartitionFailed();
                Log.Error("{PersistenceId} starts again from its journal: {Cause}", PersistenceId, failed.Cause);
                Context.Stop(Self);
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        base.OnRecoveryFailure(reason, message);
        _context.Partitions.Fail(_topicId, _partition, reason);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        // What was accepted after it builds on it; only the journal tells what there is.
        Context.Stop(Self);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistFailure(cause, @event, sequenceNr);
        _meters.PartitionFailed();
        // Not in a cluster: a broken connection is an IOException too, another node may lead next, and a reader that stayed here
        // would answer consumers for ever that nothing new has come.
        _diskRefuses = !_context.Settings.IsClustered && (cause.InnerException ?? cause) is IOException;
        _isReplaced = SqlDatabase.IsTaken(cause);
    }

    protected override void PostStop()
    {
        _reader.BeginEnd();
        // What the journal has is read on when the disk takes no more; the next incarnation that can write takes over.
        if (!_diskRefuses || !_served)
        {
            _context.Partitions.Remove(_reader);
            _reader.Stop();
        }
        _cleaningEnd.Cancel();
        if (!_served && !_deleting)
            _context.Partitions.Fail(_topicId, _partition, new IOException("the partition stopped before the journal had its epoch"));
        foreach (var asking in _held.Clear())
            asking.Tell(AppendReply.Refused(ErrorCode.NotLeaderOrFollower));
        _written.Fail(InsteadOf);
        _synced.Fail(InsteadOf);
        _reader.EndWriting();
        base.PostStop();
    }

    /// <summary>Journals a new leader epoch before anything else, once for each incarnation.</summary>
    private void Lead()
    {
        if (_leads || _deleting)
            return;
        _leads = true;
        _ledFrom = _context.Time.GetTimestamp();
        var now = Now;
        var epoch = new LeaderEpochStarted(_state.Epochs.Latest + 1, _state.NextOffset, _context.Settings.NodeId, now.UnixMs);
        Accept(epoch);
        _meters.LeaderEpochStarted();
        LookSoon();
        Timers.StartPeriodicTimer(ApplyRetention.Instance, ApplyRetention.Instance, _context.RetentionInterval, _context.RetentionInterval);
    }

    private void Append(AppendBatch append, IActorRef asking, bool isVerified)
    {
        Lead();
        var batch = new RecordBatch(append.Bytes);
        if (!isVerified && !_deleting && HeldForVerification(append, batch, asking))
            return;
        var decision = _deleting ? new AppendDecision(ErrorCode.UnknownTopicOrPartition, -1, false) : _state.Decide(batch);
        if (decision.Error != ErrorCode.None)
        {
            asking.Tell(AppendReply.Refused(IsAheadOfRefused(decision.Error) ? ErrorCode.NotLeaderOrFollower : decision.Error));
            return;
        }
        var now = Now;
        if (!decision.IsDuplicate)
        {
            RollIfDue(append.Bytes.Length, now);
            RecordBatch.Stamp(append.Bytes, decision.BaseOffset, _state.Epochs.Latest);
            if (append.LogAppendTime)
                RecordBatch.StampLogAppendTime(append.Bytes, now.UnixMs);
            Accept(new BatchAppended(append.Bytes, now.UnixMs));
        }
        // A duplicate waits like any other: the first one may still be on its way.
        var reply = new AppendReply(ErrorCode.None, decision.BaseOffset, append.LogAppendTime ? now.UnixMs : -1, _state.LogStartOffset);
        (append.Acks == -1 ? _synced : _written).Add(_acceptedSequenceNr, asking, reply);
    }

    /// <summary>Applies an event, sends it to the journal with all that waits, and goes on once it is there.</summary>
    private void Accept(IPartitionJournaled journaled)
    {
        var sequenceNr = ++_acceptedSequenceNr;
        _state.Apply(journaled, sequenceNr);
        _snapshots.Note(journaled);
        var snapshot = _snapshots.TakeIfDue(_state);
        var readable = ReadableState.Of(_state);
        if (journaled is BatchAppended or LogStartOffsetMoved)
            LookSoon();
        PersistAsync(journaled, _ =>
        {
            if (journaled is BatchAppended { Batch: var batch, Bytes: var bytes } appended)
            {
                _tail.Append(new CachedBatch(batch.BaseOffset, batch.NextOffset, bytes));
                FlushIfDue(appended);
            }
            _reader.Publish(readable, sequenceNr);
            // The first event of an incarnation is its epoch: from here on it may be read.
            if (!_served)
                _context.Partitions.Add(_reader);
            _served = true;
            _written.Advance(sequenceNr);
            _writtenTo = sequenceNr;
            AnswerSynced();
            if (journaled is LogCompacted compacted)
                CleaningJournaled(compacted);
            // The image was taken at this very number, and only now is it the journal's last.
            if (snapshot is not null)
                SaveSnapshot(snapshot);
        });
    }

    // The news of the disk may overtake that of the write, and who is answered must find in a fetch what it wrote.
    private void AnswerSynced() => _synced.Advance(_context.Journal.SyncsOnWrite ? _writtenTo : Math.Min(_writtenTo, _syncedTo));

    private object InsteadOf(object reply) => reply switch
    {
        AppendReply => AppendReply.Refused(NotKept),
        RecordsDeleted => new RecordsDeleted(NotKept, -1),
        MarkerWritten marker => marker with { Error = NotKept },
        _ => new Status.Failure(new IOException("the partition stopped before the journal had its epoch")),
    };

    // The journal has refused a writer whom another node replaced: nothing was written. Any other failure leaves that open, and in a
    // cluster the next leader may find it written. To KAFKA_STORAGE_ERROR librdkafka takes a batch for not written, puts it together anew, and
    // sends it again under a new epoch when its sequence is refused; after REQUEST_TIMED_OUT it sends the same batch, which is known here.
    private ErrorCode NotKept =>
        _isReplaced ? ErrorCode.NotLeaderOrFollower
        : _context.Settings.IsClustered ? ErrorCode.RequestTimedOut
        : ErrorCode.KafkaStorageError;
}
