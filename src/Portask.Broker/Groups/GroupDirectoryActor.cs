using Akka.Actor;
using Portask.Journal;
using Portask.State;
using Portask.State.Groups;

namespace Portask.Broker.Groups;

/// <summary>The list of all groups. Groups announce themselves when they are made, when they come back and when they go.</summary>
/// <param name="region">The groups region, known once it has started.</param>
public sealed class GroupDirectoryActor(Func<IActorRef> region) : EventSourcedEntity<IGroupJournaled>(JournalId)
{
    /// <summary>The persistence id.</summary>
    public const string JournalId = JournalIds.GroupDirectory;

    private readonly SortedSet<string> _groups = new(StringComparer.Ordinal);

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
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }
}
