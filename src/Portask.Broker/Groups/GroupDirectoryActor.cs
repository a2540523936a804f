using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Journal;
using Portask.State;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>
/// The list of all groups. Groups announce themselves when they are made, when they come back and when they go. The directory
/// in turn starts those that exist, some at a time, when it starts itself and when a node is gone.
/// </summary>
/// <param name="region">The groups region, known once it has started.</param>
public sealed class GroupDirectoryActor(Func<IActorRef> region) : EventSourcedEntity<IGroupJournaled>(JournalId), IWithTimers
{
    /// <summary>The persistence id.</summary>
    public const string JournalId = JournalIds.GroupDirectory;

    private readonly SortedSet<string> _groups = new(StringComparer.Ordinal);
    private SteadyWaker? _waker;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void Apply(IGroupJournaled journaled)
    {
        switch (journaled)
        {
            case GroupListed e:
                _groups.Add(e.GroupId);
                break;
            case GroupUnlisted e:
                _groups.Remove(e.GroupId);
                break;
            default:
                throw new InvalidOperationException($"The directory of groups does not know the event {journaled.GetType().Name}");
        }
    }

    protected override object ToSnapshot() => new GroupDirectorySnapshot([.. _groups]);

    protected override void RestoreSnapshot(object snapshot) => _groups.UnionWith(((GroupDirectorySnapshot)snapshot).GroupIds);

    private SteadyWaker Waker => _waker ??= new(region, GroupRegion.To, Timers, Self);

    protected override void OnRecovered() => Waker.Wake(_groups);

    protected override void OnHandOff() => region().Tell(GroupRegion.ToDirectory(WakeGroups.Instance), ActorRefs.NoSender);

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ListGroup list:
                Commit(_groups.Contains(list.GroupId) ? [] : [new GroupListed(list.GroupId)], () => { });
                break;
            case UnlistGroup unlist:
                Commit(_groups.Contains(unlist.GroupId) ? [new GroupUnlisted(unlist.GroupId)] : [], () => { });
                break;
            case ForgetTopic forget:
                foreach (var groupId in _groups)
                    region().Tell(GroupRegion.To(groupId, new DropTopic(forget.TopicId)));
                break;
            case GetGroups:
                Sender.Tell(new KnownGroups([.. _groups]));
                break;
            case WakeGroups:
                Waker.Wake(_groups);
                break;
            case Located:
                Waker.Started();
                break;
            case SteadyWaker.Next:
                Waker.Continue();
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }
}
