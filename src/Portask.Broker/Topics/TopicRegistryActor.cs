using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Portask.Broker.Cluster;
using Portask.Broker.Partitions;
using Portask.State;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>All topics: decides with <see cref="TopicRegistry"/>, journals, keeps the read model, and has deleted topics' partitions removed.</summary>
public sealed class TopicRegistryActor : EventSourcedEntity<ITopicJournaled>, IWithTimers
{
    private const int ProducerIdsPerBlock = 1000;
    private static readonly TimeSpan PurgeRetry = TimeSpan.FromSeconds(5);

    private readonly TopicLimits _limits;
    private readonly MetadataView _view;
    private readonly Func<IActorRef> _partitions;
    private readonly TimeProvider _time;
    private readonly Action<long>? _advanced;
    private readonly Dictionary<Guid, HashSet<int>> _purging = [];
    private TopicRegistryState _state = TopicRegistryState.Empty;

    /// <param name="advanced">Told how far the journal is, in a cluster; every node's view follows the journal there, this one's too.</param>
    public TopicRegistryActor(TopicLimits limits, MetadataView view, Func<IActorRef> partitions, TimeProvider time, Action<long>? advanced = null)
        : base(EntityIds.Registry) => (_limits, _view, _partitions, _time, _advanced) = (limits, view, partitions, time, advanced);

    public ITimerScheduler Timers { get; set; } = null!;

    // The brokers of a cluster are those that are registered; one node alone is what its settings say.
    private TopicLimits Limits => _advanced is null ? _limits : _limits with { Brokers = [.. _state.Brokers.Keys] };

    protected override void Apply(ITopicJournaled journaled) => _state = _state.Apply(journaled);

    protected override object ToSnapshot() => _state.ToSnapshot();

    protected override void RestoreSnapshot(object snapshot) => _state = TopicRegistryState.From((TopicRegistrySnapshot)snapshot);

    protected override void OnRecovered()
    {
        if (_advanced is null)
            _view.Take(_state, LastSequenceNr);
        Purge();
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        Context.Stop(Self);
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ChangeTopics change:
                Change(change, Sender);
                break;
            case AllotProducerIds allot:
                Allot(allot, Sender);
                break;
            case WakeRegistry:
                break;
            case RegisterBroker register:
                Register(register, Sender);
                break;
            case UnregisterBroker unregister:
                Unregister(unregister, Sender);
                break;
            case PartitionDeleted deleted:
                Purged(deleted);
                break;
            case PurgeAgain:
                Purge();
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }

    private void Change(ChangeTopics change, IActorRef asking)
    {
        var (events, replies) = TopicRegistry.Decide(_state, Limits, change.Commands, Now);
        CommitAndShow(events, () =>
        {
            asking.Tell(new TopicsChanged(replies, LastSequenceNr));
            if (events.Any(journaled => journaled is TopicDeleted))
                Purge();
        });
    }

    private void Register(RegisterBroker register, IActorRef asking)
    {
        var (brokerId, journaled) = BrokerRegistration.Register(_state, register.NodeKey, register.WantedId, register.Rack, Now);
        CommitAndShow(journaled is null ? [] : [journaled], () => asking.Tell(new BrokerAccepted(brokerId, LastSequenceNr)));
    }

    private void Unregister(UnregisterBroker unregister, IActorRef asking)
    {
        var (error, journaled) = BrokerRegistration.Unregister(_state, unregister.BrokerId, unregister.IsUp, Now);
        CommitAndShow(journaled is null ? [] : [journaled], () => asking.Tell(new BrokerLeft(error)));
    }

    /// <summary>Puts what was journaled into the read model, before anybody is answered.</summary>
    private void CommitAndShow(IReadOnlyList<ITopicJournaled> events, Action answer) => Commit(events, () =>
    {
        if (_advanced is null)
        {
            foreach (var journaled in events)
                _view.Show(_state, journaled);
            _view.Advance(LastSequenceNr);
        }
        else if (events.Count > 0)
        {
            _advanced(LastSequenceNr);
        }
        answer();
    });

    private Now Now => new(_time.GetUtcNow().ToUnixTimeMilliseconds());

    // The region keeps this for the shard's new home, where deletions that are not finished go on.
    protected override void OnHandOff() =>
        ClusterSharding.Get(Context.System).ShardRegion(TopicRegion.TypeName).Tell(TopicRegion.To(WakeRegistry.Instance), ActorRefs.NoSender);

    private void Allot(AllotProducerIds allot, IActorRef asking)
    {
        var first = _state.NextProducerId;
        Commit([new ProducerIdsAllotted(first + ProducerIdsPerBlock, allot.NodeId)], () => asking.Tell(new ProducerIds(first, ProducerIdsPerBlock)));
    }

    /// <summary>Asks the partitions of deleted topics to remove their journals, again and again until all have.</summary>
    private void Purge()
    {
        foreach (var deleted in _state.Deleted.Values)
        {
            if (!_purging.TryGetValue(deleted.Id, out var left))
                _purging[deleted.Id] = left = [.. Enumerable.Range(0, deleted.PartitionCount)];
            foreach (var partition in left)
                _partitions().Tell(PartitionRegion.To(deleted.Id, partition, DeletePartition.Instance));
        }
        if (_purging.Count > 0)
            Timers.StartSingleTimer(PurgeAgain.Instance, PurgeAgain.Instance, PurgeRetry);
    }

    private void Purged(PartitionDeleted deleted)
    {
        if (!_purging.TryGetValue(deleted.TopicId, out var left) || !left.Remove(deleted.Partition) || left.Count > 0)
            return;
        _purging.Remove(deleted.TopicId);
        Commit([new TopicPurged(deleted.TopicId)], () => Log.Info("Journals of deleted topic {TopicId} are removed", deleted.TopicId));
    }

    private sealed record PurgeAgain
    {
        public static readonly PurgeAgain Instance = new();
    }
}
