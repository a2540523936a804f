using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>
/// A transactional id: hands commands to <see cref="TransactionMachine"/>, journals what follows, answers, and carries a
/// decision to every partition. The decision is journaled before the first marker is sent and the end after the last one
/// is on disk, so an incarnation that finds a decision sends all markers again; a partition knows those it has.
/// </summary>
public sealed class TransactionCoordinatorActor : EventSourcedEntity<ITransactionJournaled>, IWithTimers
{
    // One incarnation at a time writes the journal of an id, so there is no other coordinator to fence.
    private const int CoordinatorEpoch = 0;

    private static readonly TimeSpan MarkerRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpiryCheck = TimeSpan.FromHours(1);

    private readonly string _transactionalId;
    private readonly TransactionSettings _settings;
    private readonly IMetadataView _topics;
    private readonly IActorRef _partitions;
    private readonly TimeProvider _time;
    private readonly IActorRef _groups;
    private readonly HashSet<TransactionPartition> _withoutMarker = [];
    private readonly HashSet<string> _undecidedGroups = [];
    private TransactionState _state = TransactionState.None;

    public TransactionCoordinatorActor(
        string transactionalId, TransactionSettings settings, IMetadataView topics, IActorRef partitions, IActorRef groups, TimeProvider time)
        : base(EntityIds.TransactionJournal(transactionalId))
    {
        (_transactionalId, _settings, _topics, _partitions, _time) = (transactionalId, settings, topics, partitions, time);
        _groups = groups;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void Apply(ITransactionJournaled journaled) => _state = _state.Apply(journaled);

    protected override object ToSnapshot() => _state.ToSnapshot();

    protected override void RestoreSnapshot(object snapshot) => _state = TransactionState.From((TransactionSnapshot)snapshot);

    protected override void OnRecovered()
    {
        Timers.StartPeriodicTimer(nameof(CheckExpiry), new CheckExpiry(), ExpiryCheck);
        Proceed();
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        // Nothing was applied, so the journal is the truth to start again from.
        Context.Stop(Self);
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case TransactionCommand command:
                Run(command, Sender);
                break;
            case ForwardOffsets forward:
                Forward(forward);
                break;
            case GroupDecided decided:
                if (decided.IsDone && _undecidedGroups.Remove(decided.GroupId))
                    CompleteIfAllHaveMarkers();
                break;
            case MarkerWritten written:
                Note(written);
                break;
            case SendMarkers:
                SendMarkersNow();
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }

    private void Forward(ForwardOffsets forward)
    {
        var asking = Sender;
        Run(forward.Joins, reply =>
        {
            if (reply.Error == ErrorCode.None)
                _groups.Tell(GroupRegion.To(forward.GroupId, new AskGroup(forward.Commit)), asking);
            else
                asking.Tell(new OffsetsRefused(reply.Error));
        });
    }

    // What comes from a timer has nobody to answer.
    private void Run(TransactionCommand command, IActorRef asking) => Run(command, reply =>
    {
        if (!asking.IsNobody() && !asking.Equals(Self))
            asking.Tell(reply);
    });

    private void Run(TransactionCommand command, Action<TransactionReply> answer)
    {
        var decision = TransactionMachine.Decide(_state, _settings, command, new Now(_time.GetUtcNow().ToUnixTimeMilliseconds()));
        Commit(decision.Event is { } journaled ? [journaled] : [], () =>
        {
            if (decision.Event is TransactionDecided decided)
                Meters.TransactionDecided(decided.Commits);
            answer(decision.Reply);
            if (decision.Event is not null)
                Proceed();
            if (_state.Phase == TransactionPhase.Dead)
                Context.Parent.Tell(new Passivate(PoisonPill.Instance));
        });
    }

    /// <summary>Does what the phase asks for: a timeout to watch, or markers to write.</summary>
    private void Proceed()
    {
        if (_state.Phase == TransactionPhase.Ongoing)
        {
            var left = _state.StartMs + _state.TimeoutMs - _time.GetUtcNow().ToUnixTimeMilliseconds();
            Timers.StartSingleTimer(nameof(CheckTimeout), new CheckTimeout(), TimeSpan.FromMilliseconds(Math.Max(0, left)));
            return;
        }
        Timers.Cancel(nameof(CheckTimeout));
        if (!_state.IsEnding)
            return;
        _withoutMarker.UnionWith(_state.Partitions);
        _undecidedGroups.UnionWith(_state.Groups);
        SendMarkersNow();
    }

    private void SendMarkersNow()
    {
        // A topic that was deleted takes its records with it, the undecided ones too.
        _withoutMarker.RemoveWhere(partition => _topics.Find(partition.TopicId) is null);
        if (CompleteIfAllHaveMarkers())
            return;
        var commits = _state.Phase == TransactionPhase.PrepareCommit;
        var marker = new TransactionMarker(commits, CoordinatorEpoch);
        foreach (var partition in _withoutMarker)
            _partitions.Tell(PartitionRegion.To(partition.TopicId, partition.Partition, new WriteMarker(partition, _state.Marker, marker)));
        foreach (var groupId in _undecidedGroups)
            DecideAsync(groupId, commits).PipeTo(Self);
        Timers.StartSingleTimer(nameof(SendMarkers), SendMarkers.Instance, MarkerRetry);
    }

    private bool CompleteIfAllHaveMarkers()
    {
        if (_withoutMarker.Count > 0 || _undecidedGroups.Count > 0)
            return false;
        Timers.Cancel(nameof(SendMarkers));
        Self.Tell(new MarkersWritten(), ActorRefs.NoSender);
        return true;
    }

    private async Task<GroupDecided> DecideAsync(string groupId, bool commits)
    {
        try
        {
            var decide = new AskGroup(new DecideTransactionalOffsets(0, _state.Marker.ProducerId, commits));
            var answer = await _groups.Ask<object>(GroupRegion.To(groupId, decide), GroupClient.Patience).ConfigureAwait(false);
            return new(groupId, answer is PlainReply { Error: ErrorCode.None });
        }
        catch (AskTimeoutException)
        {
            return new(groupId, false);
        }
    }

    private void Note(MarkerWritten written)
    {
        if (written.Error is not ErrorCode.None and not ErrorCode.InvalidProducerEpoch)
        {
            Log.Debug("Transaction {TransactionalId}: {Partition} has no marker yet: {Error}", _transactionalId, written.Partition, written.Error);
            return;
        }
        // A partition that knows a later epoch has had this transaction ended already.
        if (_withoutMarker.Remove(written.Partition))
            CompleteIfAllHaveMarkers();
    }

    private sealed record SendMarkers
    {
        public static readonly SendMarkers Instance = new();
    }
}
