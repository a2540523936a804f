using Akka.Actor;
using Portask.Journal;

namespace Portask.Testing.Memory;

/// <summary>How partitions read what <see cref="MemoryJournal"/> has written for them.</summary>
internal sealed class MemoryRecords(MemoryStore store) : IRecordsJournal
{
    /// <inheritdoc/>
    public bool SyncsOnWrite => true;

    /// <inheritdoc/>
    public void SubscribeSynced(string persistenceId, IActorRef subscriber)
    {
    }

    /// <inheritdoc/>
    public void Flush(string persistenceId)
    {
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation) =>
        new(store.Log(persistenceId).Read(fromSequenceNr, toSequenceNr, maxBytes)
            .ConvertAll(entry => new JournalEntry(entry.SequenceNr, entry.Manifest, entry.Payload)));

    /// <inheritdoc/>
    public ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation) =>
        new(store.Log(persistenceId).Edit(fromSequenceNr, toSequenceNr, edit));

    /// <inheritdoc/>
    public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public long SizeInBytes(string persistenceId) => store.Log(persistenceId).SizeInBytes;
}
