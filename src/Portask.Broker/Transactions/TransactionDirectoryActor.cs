using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Journal;
using Portask.State;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>
/// The list of all transactional ids. An id is on it before its first event is journaled, so that whatever a crash leaves
/// undecided or half written can be found and ended although no producer comes back for it: the directory starts all of them
/// when it starts itself and when a node is gone.
/// </summary>
/// <param name="region">The transactions region, known once it has started.</param>
public sealed class TransactionDirectoryActor(Func<IActorRef> region) : EventSourcedEntity<ITransactionJournaled>(JournalId), IWithTimers
{
    /// <summary>No transactional id's journal has this name, since theirs begin with "transaction-".</summary>
    public const string JournalId = JournalIds.TransactionDirectory;

    private readonly SortedSet<string> _ids = new(StringComparer.Ordinal);
    private SteadyWaker? _waker;

    public ITimerScheduler Timers { get; set; } = null!;

    private SteadyWaker Waker => _waker ??= new(region, TransactionRegion.To, Timers, Self);

    protected override void Apply(ITransactionJournaled journaled)
    {
        switch (journaled)
        {
            case TransactionalIdListed e:
                _ids.Add(e.TransactionalId);
                break;
            case TransactionalIdUnlisted e:
                _ids.Remove(e.TransactionalId);
                break;
            default:
                throw new InvalidOperationException($"The directory of transactional ids does not know the event {journaled.GetType().Name}");
        }
    }

    protected override object ToSnapshot() => new TransactionDirectorySnapshot([.. _ids]);

    protected override void RestoreSnapshot(object snapshot) => _ids.UnionWith(((TransactionDirectorySnapshot)snapshot).TransactionalIds);

    protected override void OnRecovered() => Waker.Wake(_ids);

    protected override void OnHandOff() => region().Tell(TransactionRegion.ToDirectory(WakeTransactions.Instance), ActorRefs.NoSender);

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ListTransactionalId(var id):
                var asking = Sender;
                Commit(_ids.Contains(id) ? [] : [new TransactionalIdListed(id)], () => asking.Tell(TransactionalIdIsListed.Instance));
                break;
            case UnlistTransactionalId(var id):
                Commit(_ids.Contains(id) ? [new TransactionalIdUnlisted(id)] : [], () => { });
                break;
            case WakeTransactions:
                Waker.Wake(_ids);
                break;
            case Located:
                Waker.Started();
                break;
            case SteadyWaker.Next:
                Waker.Continue();
                break;
            case GetTransactionalIds:
                Sender.Tell(new KnownTransactionalIds([.. _ids]));
                break;
            default:
                if (!HandledSnapshotMessage(message))
                    Unhandled(message);
                break;
        }
    }
}
