namespace Portask.Journal.Reading;

/// <summary>
/// Journals as a tool beside the broker reads them: without a lock, without a write, without an actor system. What is read
/// while the broker writes ends with an entry that was whole at that moment.
/// </summary>
public interface IJournalReader : IDisposable
{
    /// <summary>Everything that has events or snapshots, in order.</summary>
    IReadOnlyList<string> PersistenceIds();

    /// <summary>Events with <c>from &lt;= SequenceNr &lt;= to</c>, oldest first; those that are deleted lack.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range is damaged.</exception>
    IEnumerable<StoredEvent> Read(string persistenceId, long from, long to);

    /// <summary>What is known of entries that left the journal or were changed in it, by sequence number: they themselves, or of batches the header.</summary>
    IReadOnlyList<StoredEvent> Gone(string persistenceId);

    /// <summary>The state that the history starts with where gone entries were given up; else null.</summary>
    StoredSnapshot? HistoryStart(string persistenceId);

    /// <summary>Sequence number of the last event that was written at or before a time, 0 when there is none.</summary>
    long SequenceNrAt(string persistenceId, long unixMs);

    /// <summary>Every entry that is there, oldest first, with all checks that the form of the journal allows; goes on behind damage.</summary>
    IEnumerable<CheckedEntry> Check(string persistenceId);

    /// <summary>The highest sequence number that was ever written, also when its event is deleted; 0 when none was.</summary>
    long HighestSequenceNr(string persistenceId);

    /// <summary>The snapshots that there are, oldest first.</summary>
    IReadOnlyList<StoredSnapshot> Snapshots(string persistenceId);
}

/// <summary>An event as it is stored.</summary>
/// <param name="TimeMs">When it was written, in ms since the Unix epoch.</param>
public readonly record struct StoredEvent(long SequenceNr, long TimeMs, int SerializerId, string Manifest, ReadOnlyMemory<byte> Payload);

/// <summary>A snapshot as it is stored: the state after the event of its sequence number.</summary>
/// <param name="TimeMs">When it was written, in ms since the Unix epoch.</param>
public readonly record struct StoredSnapshot(long SequenceNr, long TimeMs, int SerializerId, string Manifest, ReadOnlyMemory<byte> Payload);

/// <summary>An entry that was checked, or damage in its place.</summary>
/// <param name="Where">File and position, or the place in a table.</param>
/// <param name="Damage">What is wrong; null for an event that is as it was written.</param>
/// <param name="MayFollowGap">Entries before it may lack: compaction took them.</param>
public readonly record struct CheckedEntry(StoredEvent Event, string Where, string? Damage, bool MayFollowGap);
