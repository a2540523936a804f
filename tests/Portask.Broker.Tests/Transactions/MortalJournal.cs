using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Portask.Broker.Tests.Transactions;

/// <summary>What is on the disk: outlives every node.</summary>
public sealed class Disk
{
    private readonly ConcurrentDictionary<string, ImmutableList<object>> _journals = new();

    public IReadOnlyList<object> Events(string persistenceId) => _journals.GetValueOrDefault(persistenceId, []);

    public void Append(string persistenceId, long sequenceNr, object payload)
    {
        var journal = _journals.GetValueOrDefault(persistenceId, []);
        Assert.Equal(journal.Count + 1, sequenceNr);
        _journals[persistenceId] = journal.Add(payload);
    }
}

/// <summary>The life of one node: it ends with a certain write, which then is on the disk or is not. From there on nothing is written, read or answered.</summary>
/// <param name="lastWrite">Number of that write; 0 for a life without end.</param>
/// <param name="isStored">Whether that write is on the disk.</param>
public sealed class Life(Disk disk, int lastWrite, bool isStored)
{
    private static readonly ConcurrentDictionary<string, Life> All = new();

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _writes;

    public Disk Disk => disk;

    public Task Ended => _ended.Task;

    public bool IsOver => _ended.Task.IsCompleted;

    public static Life Of(string system) => All[system];

    public void Begin(string system) => All[system] = this;

    /// <summary>Writes; false when nobody will ever know.</summary>
    public bool TryWrite(IPersistentRepresentation write)
    {
        lock (_gate)
        {
            if (IsOver)
                return false;
            var isLast = ++_writes == lastWrite;
            if (!isLast || isStored)
                disk.Append(write.PersistenceId, write.SequenceNr, write.Payload);
            if (isLast)
                _ended.SetResult();
            return !isLast;
        }
    }
}

/// <summary>The journal plugin of a node that can be killed between any two writes.</summary>
public sealed class MortalJournal : AsyncWriteJournal
{
    private readonly Life _life;

    public MortalJournal() => _life = Life.Of(Context.System.Name);

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        var events = _life.Disk.Events(persistenceId);
        for (var number = fromSequenceNr; number <= Math.Min(toSequenceNr, events.Count); number++)
            recoveryCallback(new Persistent(events[(int)number - 1], number, persistenceId));
        return OrNever(Task.CompletedTask);
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        _life.IsOver ? new TaskCompletionSource<long>().Task : Task.FromResult((long)_life.Disk.Events(persistenceId).Count);

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var isAnswered = true;
        foreach (var message in messages.SelectMany(write => (IImmutableList<IPersistentRepresentation>)write.Payload))
            isAnswered &= _life.TryWrite(message);
        return isAnswered ? Task.FromResult<IImmutableList<Exception>>(null!) : new TaskCompletionSource<IImmutableList<Exception>>().Task;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        throw new NotSupportedException("nothing is deleted in these tests");

    private Task OrNever(Task task) => _life.IsOver ? new TaskCompletionSource().Task : task;
}
