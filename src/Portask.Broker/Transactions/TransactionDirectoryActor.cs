using Akka.Actor;
using Portask.Journal;
using Portask.State;
using Portask.State.Transactions;

namespace Portask.Broker.Transactions;

/// <summary>
/// The list of all transactional ids. An id is on it before its first event is journaled, so that whatever a crash leaves
/// undecided or half written can be found and ended although no producer comes back for it.
/// </summary>
public sealed class TransactionDirectoryActor() : EventSourcedEntity<ITransactionJournaled>(JournalId)
{
    /// <summary>No transactional id's journal has this name, since theirs begin with "transaction-".</summary>
    public const string JournalId = JournalIds.TransactionDirectory;

    private readonly SortedSet<string> _ids = new(StringComparer.Ordinal);

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
