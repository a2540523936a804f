using Akka.Actor;
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
    private readonly Dictionary<Guid, HashSet<int>> _purging = [];
    private TopicRegistryState _state = TopicRegistryState.Empty;

    public TopicRegistryActor(TopicLimits limits, MetadataView view, Func<IActorRef> partitions, TimeProvider time)
        : base(EntityIds.Registry) => (_limits, _view, _partitions, _time) = (limits, view, partitions, time);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void Apply(ITopicJournaled journaled) => _state = _state.Apply(journaled);

    protected override object ToSnapshot() => _state.ToSnapshot();

    protected override void RestoreSnapshot(object snapshot) => _state = TopicRegistryState.From((TopicRegistrySnapshot)snapshot);

    protected override void OnRecovered()
    {
        _view.PutBrokerConfigs(_state);
        foreach (var topic in _state.Topics.Values)
            _view.Put(topic);
        _view.SetReady();
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
        var now = new Now(_time.GetUtcNow().ToUnixTimeMilliseconds());
        var (events, replies) = TopicRegistry.Decide(_state, _limits, change.Commands, now);
        Commit(events, () =>
        {
            foreach (var journaled in events)
                Show(journaled);
            asking.Tell(new TopicsChanged(replies));
            if (events.Any(journaled => journaled is TopicDeleted))
                Purge();
        });
    }

    /// <summary>Puts what was journaled into the read model, before anybody is answered.</summary>
    private void Show(ITopicJournaled journaled)
    {
        if (journaled is BrokerConfigsAltered)
        {
            _view.PutBrokerConfigs(_state);
            return;
        }
        var id = journaled switch
        {
            TopicCreated e => e.TopicId,
            PartitionsAdded e => e.TopicId,
            TopicConfigsAltered e => e.TopicId,
            TopicDeleted e => e.TopicId,
            _ => Guid.Empty,
        };
        if (_state.Find(id) is { } topic)
            _view.Put(topic);
        else
            _view.Remove(id);
    }

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
