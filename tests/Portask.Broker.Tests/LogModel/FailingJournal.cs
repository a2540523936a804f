using Akka.Actor;
using Portask.Journal;

namespace Portask.Broker.Tests.LogModel;

/// <summary>A records journal in which a pass of compaction breaks off after some of its edits, as in a crash.</summary>
internal sealed class FailingJournal(IRecordsJournal inner) : IRecordsJournal
{
    /// <summary>Edits that still succeed; negative for all.</summary>
    public int EditsLeft { get; set; } = -1;

    public bool SyncsOnWrite => inner.SyncsOnWrite;

    public void SubscribeSynced(string persistenceId, IActorRef subscriber) => inner.SubscribeSynced(persistenceId, subscriber);

    public void Flush(string persistenceId) => inner.Flush(persistenceId);

    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation) =>
        inner.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, maxBytes, cancellation);

    public async ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation)
    {
        var done = await inner.EditAsync(persistenceId, fromSequenceNr, toSequenceNr, edit, cancellation);
        if (EditsLeft == 0)
            throw new IOException("the power went");
        EditsLeft--;
        return done;
    }

    public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => inner.ReclaimAsync(persistenceId, cancellation);

    public long SizeInBytes(string persistenceId) => inner.SizeInBytes(persistenceId);
}
