using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Portask.Broker.Cluster;
using Portask.Journal;
using Portask.Journal.Events;
using Portask.State;
using Portask.State.Topics;

namespace Portask.Broker.Topics;

/// <summary>
/// Keeps this node's <see cref="MetadataView"/> by the registry's journal, which every node of a cluster can read: it recovers
/// like the registry itself, journals nothing, and reads on when the registry says that there is more, and every second.
/// </summary>
public sealed class RegistryFollower : UntypedPersistentActor, IWithTimers
{
    private const int MostBytes = 1024 * 1024;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly MetadataView _view;
    private readonly IRecordsJournal _journal;
    private readonly DatabaseTouch _database;
    private readonly TopicSerializer _serializer = new((ExtendedActorSystem)Context.System);
    private readonly List<IActorRef> _asking = [];
    private readonly List<IActorRef> _readingFor = [];
    private TopicRegistryState _state = TopicRegistryState.Empty;
    private long _sequenceNr;
    private bool _reading;
    private bool _readAgain;
    private bool _failing;

    /// <param name="journal">Reads the control journal's database.</param>
    /// <param name="database">Told of each answer.</param>
    public RegistryFollower(MetadataView view, IRecordsJournal journal, DatabaseTouch database) => (_view, _journal, _database) = (view, journal, database);

    public override string PersistenceId => EntityIds.Registry;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer offer:
                _state = TopicRegistryState.From((TopicRegistrySnapshot)offer.Snapshot);
                break;
            case ITopicJournaled journaled:
                _state = _state.Apply(journaled);
                break;
            case RecoveryCompleted:
                _sequenceNr = LastSequenceNr;
                _view.Take(_state, _sequenceNr);
                Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Beat);
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case RegistryAdvanced advanced:
                if (advanced.SequenceNr > _sequenceNr)
                    Read();
                break;
            case Look:
                Read();
                break;
            case CatchUp:
                _asking.Add(Sender);
                Read();
                break;
            case IReadOnlyList<JournalEntry> entries:
                Apply(entries);
                break;
            case Status.Failure failure:
                _reading = false;
                Answer(false);
                // Once for each time that the database is away.
                if (!_failing)
                    Log.Warning("The registry's journal cannot be read: {Cause}", failure.Cause.Message);
                _failing = true;
                break;
        }
    }

    private void Read()
    {
        _readAgain = _reading;
        if (_reading)
            return;
        _reading = true;
        // A read that was under way when they asked may have missed what was journaled before they did.
        _readingFor.AddRange(_asking);
        _asking.Clear();
        _journal.ReadAsync(PersistenceId, _sequenceNr + 1, long.MaxValue, MostBytes, CancellationToken.None).AsTask().PipeTo(Self);
    }

    private void Apply(IReadOnlyList<JournalEntry> entries)
    {
        (_reading, _failing) = (false, false);
        _database.Answered();
        foreach (var entry in entries)
        {
            var journaled = (ITopicJournaled)_serializer.FromBinary(entry.Payload.ToArray(), entry.Manifest);
            _state = _state.Apply(journaled);
            _view.Show(_state, journaled);
            _sequenceNr = entry.SequenceNr;
        }
        _view.Advance(_sequenceNr);
        if (entries.Count == 0)
            Answer(true);
        if (entries.Count > 0 || _readAgain)
            Read();
    }

    private void Answer(bool isThere)
    {
        foreach (var asking in _readingFor)
            asking.Tell(new CaughtUp(isThere));
        _readingFor.Clear();
    }

    /// <summary>Asks for a look at the journal that begins now. Answered with <see cref="CaughtUp"/>.</summary>
    public sealed record CatchUp : INoSerializationVerificationNeeded
    {
        public static readonly CatchUp Instance = new();
    }

    /// <summary>The view has what the journal had when it was asked for, or the journal could not be read.</summary>
    public sealed record CaughtUp(bool IsThere) : INoSerializationVerificationNeeded;

    private sealed record Look
    {
        public static readonly Look Instance = new();
    }
}
