using Akka.Actor;
using Portask.Journal;

namespace Portask.Broker.Tests.Partitions;

/// <summary>The records journal's second signal in the hands of the test: nothing is on disk until the test says so.</summary>
internal sealed class StillJournal : IRecordsJournal
{
    private readonly TaskCompletionSource<IActorRef> _subscriber = new();

    public bool SyncsOnWrite => false;

    public void SubscribeSynced(string persistenceId, IActorRef subscriber) => _subscriber.TrySetResult(subscriber);

    public async Task SyncedAsync(string persistenceId, long sequenceNr) => (await _subscriber.Task).Tell(new Synced(persistenceId, sequenceNr));

    public async Task FailedAsync(string persistenceId) => (await _subscriber.Task).Tell(new SyncFailed(persistenceId, "input/output error"));

    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation) => new([]);

    public int Flushes { get; private set; }

    public void Flush(string persistenceId) => Flushes++;

    public ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation) => new(true);

    public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

    public long SizeInBytes(string persistenceId) => 0;
}
