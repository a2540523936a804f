using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Portask.Broker.Cluster;
using Portask.Broker.Groups;
using Portask.Broker.Partitions;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>
/// A transactional id: hands commands to <see cref="TransactionMachine"/>, journals what follows, answers, and carries a
/// decision to every partition. The decision is journaled before the first marker is sent and the end after the last one
/// is on disk, so an incarnation that finds a decision sends all markers again; a partition knows those it has.
/// </summary>
public sealed partial class TransactionCoordinatorActor : EventSourcedEntity<ITransactionJournaled>, IWithTimers
{
    /// <summary>One incarnation at a time writes the journal of an id, so there is no other coordinator to fence.</summary>
    public const int CoordinatorEpoch = 0;

    private static readonly TimeSpan ExpiryCheck = TimeSpan.FromHours(1);
    private static readonly TimeSpan IdleAfterLocate = TimeSpan.FromSeconds(30);

    private readonly string _transactionalId;
    private readonly TransactionSettings _settings;
    private readonly IMetadataView _topics;
    private readonly TransactionPeers _peers;
    private readonly TimeProvider _time;
    private readonly LocalCoordinators _coordinators;
    private readonly int _nodeId;
    private readonly List<(TransactionCommand Command, Action<TransactionReply> Answer)> _awaitingListing = [];
    private LocalCoordinator? _local;
    private TransactionState _state = TransactionState.None;
    private bool _isListed;

    /// <param name="coordinators">The coordinators that run on this node, among which this one is found.</param>
    /// <param name="nodeId">The broker that this node is.</param>
    public TransactionCoordinatorActor(
        string transactionalId, TransactionSettings settings, IMetadataView topics, TransactionPeers peers,
        LocalCoordinators coordinators, int nodeId, TimeProvider time)
        : base(EntityIds.TransactionJournal(transactionalId))
    {
        (_transactionalId, _settings, _topics, _peers, _time) = (transactionalId, settings, topics, peers, time);
        (_coordinators, _nodeId) = (coordinators, nodeId);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override void Apply(ITransactionJournaled journaled) => _state = _state.Apply(journaled);

    protected override object ToSnapshot() => _state.ToSnapshot();

    protected override void RestoreSnapshot(object snapshot) => _state = TransactionState.From((TransactionSnapshot)snapshot);

    protected override void OnRecovered()
    {
        _local = _coordinators.Add(_transactionalId, Self);
        _isListed = _state.Phase != TransactionPhase.Dead;
        Timers.StartPeriodicTimer(nameof(CheckExpiry), new CheckExpiry(), ExpiryCheck);
        Proceed();
    }

    // The region keeps this for the shard's new home: an id that exists runs somewhere, and its markers are written from there.
    protected override void OnHandOff()
    {
        if (_state.Phase != TransactionPhase.Dead)
        {
            ClusterSharding.Get(Context.System).ShardRegion(TransactionRegion.TypeName)
                .Tell(TransactionRegion.To(_transactionalId, Locate.Instance), ActorRefs.NoSender);
        }
    }

    protected override void PostStop()
    {
        if (_local is not null)
            _coordinators.Remove(_local);
        RefuseWaiting();
        _local?.End();
        base.PostStop();
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
            case JoinPartition join:
                Join(join);
                break;
            case ForwardOffsets forward:
                Forward(forward);
                break;
            case DescribeTransaction:
                Sender.Tell(new TransactionDescription(_transactionalId, _state));
                StopIfUnused();
                break;
            case MarkerWritten written:
                Note(written);
                break;
            case GroupDecided decided:
                Note(decided);
                break;
            case TopicsLookedFor looked:
                Note(looked);
                break;
            case SendMarkers:
                SendMarkersNow();
                break;
            case ListingAnswered answered:
                RunListed(answered.IsListed);
                break;
            case StopCoordinator:
                Stop();
                break;
            case Locate:
                Sender.Tell(new Located(_nodeId));
                // Who asks where it is comes with more; only if nobody does is it of no use.
                Timers.StartSingleTimer(nameof(IdleCheck), IdleCheck.Instance, IdleAfterLocate);
                break;
            case IdleCheck:
                StopIfUnused();
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }

    // The answer goes by the region, as markers do: a marker that was sent before it cannot arrive behind it, and end the
    // transaction that the partition is told of here.
    private void Join(JoinPartition join) => Run(join.Command, reply => _peers.Partitions.Tell(
        PartitionRegion.To(join.Partition.TopicId, join.Partition.Partition, new PartitionJoined(join.Token, join.Producer, reply.Error))));

    private void Forward(ForwardOffsets forward)
    {
        var asking = Sender;
        Run(forward.Joins, reply =>
        {
            if (reply.Error == ErrorCode.None)
                _peers.Groups.Tell(GroupRegion.To(forward.GroupId, new AskGroup(forward.Commit)), asking);
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
        var decision = TransactionMachine.Decide(_state, _settings, command, new Now(NowMs));
        if (decision.Event is ProducerAssigned && !_isListed)
        {
            AwaitListing(command, answer);
            return;
        }
        Commit(decision.Event is { } journaled ? [journaled] : [], () =>
        {
            if (decision.Event is TransactionDecided decided)
                Meters.TransactionDecided(decided.Commits);
            answer(decision.Reply);
            // A timer may be early by the clock that the machine goes by, and is then set again.
            if (decision.Event is not null || command is CheckTimeout)
                Proceed();
            StopIfUnused();
        });
    }

    /// <summary>Has the directory journal the id before anything of it is.</summary>
    private void AwaitListing(TransactionCommand command, Action<TransactionReply> answer)
    {
        _awaitingListing.Add((command, answer));
        if (_awaitingListing.Count == 1)
            ListAsync().PipeTo(Self);
    }

    private async Task<ListingAnswered> ListAsync()
    {
        try
        {
            var list = TransactionRegion.ToDirectory(new ListTransactionalId(_transactionalId));
            await _peers.Transactions().Ask<TransactionalIdIsListed>(list, GroupClient.Patience).ConfigureAwait(false);
            return new(true);
        }
        catch (AskTimeoutException)
        {
            return new(false);
        }
    }

    private void RunListed(bool isListed)
    {
        _isListed = isListed;
        if (!isListed)
            RefuseWaiting();
        var waiting = _awaitingListing.ToList();
        _awaitingListing.Clear();
        foreach (var (command, answer) in waiting)
            Run(command, answer);
        StopIfUnused();
    }

    private void RefuseWaiting()
    {
        foreach (var (_, answer) in _awaitingListing)
            answer(TransactionReply.Of(ErrorCode.CoordinatorNotAvailable));
        _awaitingListing.Clear();
    }

    /// <summary>Does what the phase asks for: a timeout to watch, or markers to write.</summary>
    private void Proceed()
    {
        if (_state.Phase == TransactionPhase.Ongoing)
        {
            var left = _state.StartMs + _state.TimeoutMs - NowMs;
            Timers.StartSingleTimer(nameof(CheckTimeout), new CheckTimeout(), TimeSpan.FromMilliseconds(Math.Max(1, left)));
            return;
        }
        Timers.Cancel(nameof(CheckTimeout));
        if (_state.IsEnding)
            BeginEnding();
    }

    private void StopIfUnused()
    {
        if (_state.Phase != TransactionPhase.Dead || _awaitingListing.Count > 0)
            return;
        if (_local is not null)
            _coordinators.Retire(_local);
        Context.Parent.Tell(new Passivate(StopCoordinator.Instance));
    }

    private void Stop()
    {
        if (_state.Phase == TransactionPhase.Dead)
            _peers.Transactions().Tell(TransactionRegion.ToDirectory(new UnlistTransactionalId(_transactionalId)), ActorRefs.NoSender);
        else
            // It came to life while it was asked to stop, and has timers to run: sharding holds this back for the next incarnation.
            _peers.Transactions().Tell(TransactionRegion.To(_transactionalId, DescribeTransaction.Instance), ActorRefs.NoSender);
        Context.Stop(Self);
    }

    private sealed record IdleCheck
    {
        public static readonly IdleCheck Instance = new();
    }

    private sealed record ListingAnswered(bool IsListed);

    private sealed record StopCoordinator
    {
        public static readonly StopCoordinator Instance = new();
    }
}
