using Akka.Actor;
using Akka.Cluster.Sharding;
using Portask.Broker.Cluster;
using Portask.Protocol;
using Portask.State;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>A consumer group: hands commands to <see cref="GroupMachine"/>, journals what follows, then answers and sets timers.</summary>
public sealed class GroupCoordinatorActor : EventSourcedEntity<IGroupJournaled>, IWithTimers
{
    private static readonly TimeSpan IdleAfterLocate = TimeSpan.FromSeconds(30);

    private readonly string _groupId;
    private readonly GroupSettings _settings;
    private readonly Func<IActorRef> _region;
    private readonly TimeProvider _time;
    private readonly LocalCoordinators _coordinators;
    private readonly int _nodeId;
    private readonly Dictionary<long, IActorRef> _asking = [];
    private GroupState _state = GroupState.None;
    private GroupWaiting _waiting = GroupWaiting.None;
    private LocalCoordinator? _local;
    private long _lastToken;

    /// <param name="region">The groups region, known once it has started.</param>
    /// <param name="coordinators">The groups that run on this node, among which this one is found.</param>
    public GroupCoordinatorActor(
        string groupId, GroupSettings settings, Func<IActorRef> region, LocalCoordinators coordinators, int nodeId, TimeProvider time)
        : base(EntityIds.GroupJournal(groupId))
    {
        _groupId = groupId;
        _settings = settings;
        _region = region;
        _coordinators = coordinators;
        _nodeId = nodeId;
        _time = time;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private Now Now => new(_time.GetUtcNow().ToUnixTimeMilliseconds());

    protected override void Apply(IGroupJournaled journaled) => _state = _state.Apply(journaled);

    protected override object ToSnapshot() => _state.ToSnapshot();

    protected override void RestoreSnapshot(object snapshot) => _state = GroupState.From((GroupSnapshot)snapshot);

    protected override void OnRecovered()
    {
        _local = _coordinators.Add(_groupId, Self);
        if (_state.Phase == GroupPhase.Dead)
            return;
        Run(new Recovered());
        // The last announcement may have been lost together with the node.
        _region().Tell(GroupRegion.ToDirectory(new ListGroup(_groupId)));
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        // Nothing was applied, so the journal is the truth to start again from.
        Context.Stop(Self);
    }

    // The region keeps this for the shard's new home: a group that exists runs somewhere.
    protected override void OnHandOff()
    {
        if (_state.Phase != GroupPhase.Dead)
            _region().Tell(GroupRegion.To(_groupId, Locate.Instance), ActorRefs.NoSender);
    }

    protected override void PostStop()
    {
        if (_local is not null)
            _coordinators.Remove(_local);
        foreach (var asking in _asking.Values)
            asking.Tell(new GroupUnavailable(ErrorCode.NotCoordinator));
        _local?.End();
        base.PostStop();
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case AskGroup ask:
                var token = ++_lastToken;
                _asking[token] = Sender;
                Run(ask.Request with { Token = token });
                break;
            case GroupCommand command:
                Run(command);
                break;
            case FetchOffsets fetch:
                Sender.Tell(new FetchedOffsets(Fetch(fetch), _state.PendingOffsets.Values.SelectMany(pending => pending.Keys).ToHashSet()));
                StopIfUnused();
                break;
            case DescribeGroup:
                Sender.Tell(new GroupDescription(_groupId, _state));
                StopIfUnused();
                break;
            case Locate:
                Sender.Tell(new Located(_nodeId));
                // Who asks where it is comes with more; only if nobody does is it of no use.
                Timers.StartSingleTimer(nameof(IdleCheck), IdleCheck.Instance, IdleAfterLocate);
                break;
            case IdleCheck:
                StopIfUnused();
                break;
            case StopCoordinator:
                Context.Stop(Self);
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }

    private void Run(GroupCommand command)
    {
        var existed = _state.Phase != GroupPhase.Dead;
        var decision = GroupMachine.Decide(_state, _waiting, _settings, command, Now);
        Commit(decision.Events, () =>
        {
            _waiting = decision.Waiting;
            if (decision.Events.Any(journaled => journaled is RebalanceStarted))
                Meters.RebalanceStarted();
            foreach (var timer in decision.Timers)
                Set(timer);
            foreach (var (token, reply) in decision.Replies)
                if (_asking.Remove(token, out var asking))
                    asking.Tell(reply);
            Announce(existed);
            StopIfUnused();
        });
    }

    private void Set(GroupTimer timer)
    {
        if (timer.Command is null)
            Timers.Cancel(timer.Name);
        else
            Timers.StartSingleTimer(timer.Name, timer.Command, TimeSpan.FromMilliseconds(timer.DueInMs));
    }

    private void Announce(bool existed)
    {
        var exists = _state.Phase != GroupPhase.Dead;
        if (exists != existed)
            _region().Tell(GroupRegion.ToDirectory(exists ? new ListGroup(_groupId) : new UnlistGroup(_groupId)));
    }

    private IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> Fetch(FetchOffsets fetch)
    {
        if (fetch.Partitions is null)
            return [.. _state.Offsets];
        var found = new List<KeyValuePair<OffsetKey, CommittedOffset>>(fetch.Partitions.Count);
        foreach (var partition in fetch.Partitions)
            if (_state.Offsets.TryGetValue(partition, out var offset))
                found.Add(KeyValuePair.Create(partition, offset));
        return found;
    }

    /// <summary>A group that does not exist and that nobody was promised an id in needs no actor; sharding stops it without losing what comes meanwhile.</summary>
    private void StopIfUnused()
    {
        if (_state.Phase != GroupPhase.Dead || !_waiting.Pending.IsEmpty || _asking.Count > 0)
            return;
        if (_local is not null)
            _coordinators.Retire(_local);
        Context.Parent.Tell(new Passivate(StopCoordinator.Instance));
    }

    private sealed record IdleCheck
    {
        public static readonly IdleCheck Instance = new();
    }

    private sealed record StopCoordinator
    {
        public static readonly StopCoordinator Instance = new();
    }
}
