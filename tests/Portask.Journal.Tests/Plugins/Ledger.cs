using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;

namespace Portask.Journal.Tests.Plugins;

/// <summary>A small persistent actor: stores lines and tells what it holds.</summary>
internal sealed class Ledger : ReceivePersistentActor
{
    private ImmutableList<string> _lines = [];
    private IActorRef _asker = ActorRefs.Nobody;

    public Ledger(string persistenceId, string plugin)
    {
        PersistenceId = persistenceId;
        JournalPluginId = plugin;
        Recover<string>(line => _lines = _lines.Add(line));
        Command<Store>(store =>
        {
            if (store.Together)
                PersistAll(store.Lines, line => Stored(line, store));
            else
                PersistAllAsync(store.Lines, line => Stored(line, store));
        });
        Command<DeleteTo>(delete =>
        {
            _asker = Sender;
            DeleteMessages(delete.SequenceNr);
        });
        Command<DeleteMessagesSuccess>(done => _asker.Tell(done));
        Command<DeleteMessagesFailure>(failed => _asker.Tell(failed));
        Command<Tell>(_ => Sender.Tell(new Held(_lines, LastSequenceNr)));
    }

    public override string PersistenceId { get; }

    private void Stored(string line, Store store)
    {
        _lines = _lines.Add(line);
        if (line == store.Lines[^1])
            Sender.Tell(new Done(LastSequenceNr));
    }

    public sealed record Store(IReadOnlyList<string> Lines, bool Together = true);

    public sealed record Done(long SequenceNr);

    public sealed record DeleteTo(long SequenceNr);

    public sealed record Tell;

    public sealed record Held(ImmutableList<string> Lines, long LastSequenceNr);
}
