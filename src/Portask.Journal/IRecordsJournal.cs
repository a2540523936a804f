using Akka.Actor;

namespace Portask.Journal;

/// <summary>
/// What a partition asks of the journal that holds its records, beyond what Akka.Persistence offers:
/// reads by sequence number outside recovery, the point up to which data has reached the disk, and sizes.
/// </summary>
public interface IRecordsJournal
{
    /// <summary>True when a confirmed persist is already on disk (SQL); then no <see cref="Synced"/> is published.</summary>
    bool SyncsOnWrite { get; }

    /// <summary>
    /// Tells <paramref name="subscriber"/> a <see cref="Synced"/> for this persistence id after each group fsync that covers
    /// entries of it, and a <see cref="SyncFailed"/> when that fails. One subscriber per persistence id: the newest replaces the one before.
    /// </summary>
    void SubscribeSynced(string persistenceId, IActorRef subscriber);

    /// <summary>Has what is written so far brought to the disk soon, also where that is left to the operating system.</summary>
    void Flush(string persistenceId);

    /// <summary>Reads entries with <c>from &lt;= SequenceNr &lt;= to</c>, at most <paramref name="maxBytes"/> of payload but at least one entry if there is any.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range fails its CRC. Nothing damaged is returned.</exception>
    ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation);

    /// <summary>
    /// Keeps, changes or drops the entries of a closed range, in order and with bounded memory. Readers
    /// go on meanwhile and see an entry as it was or as it is. Each edit has to be right on its own, since a crash or a failure
    /// may leave some done and others not. All of it is on disk when this returns.
    /// </summary>
    /// <returns>False when it has to be tried again later, because deletion or a new recovery came in between.</returns>
    /// <exception cref="JournalCorruptedException">An entry in the range fails its CRC; nothing is lost.</exception>
    ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation);

    /// <summary>Gives back what deleted and dropped entries of the persistence id still take.</summary>
    ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation);

    /// <summary>
    /// Keeps what is known of entries that are about to be deleted, for <c>portask.history.retention</c>. A journal that sees to it
    /// when it deletes does nothing here.
    /// </summary>
    ValueTask KeepHistoryAsync(string persistenceId, long toSequenceNr, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Removes what is kept of gone entries; from now on nothing is kept of those that go.</summary>
    ValueTask ForgetHistoryAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Bytes that the persistence id takes on disk, or 0 where unknown.</summary>
    long SizeInBytes(string persistenceId);
}

/// <summary>One stored entry as the journal holds it, not deserialized.</summary>
public readonly record struct JournalEntry(long SequenceNr, string Manifest, ReadOnlyMemory<byte> Payload);

/// <summary>What becomes of an entry.</summary>
public enum JournalEditKind
{
    Keep,
    Drop,
    Change,
}

/// <summary>What becomes of an entry.</summary>
/// <param name="Payload">Its payload from now on, where it changes.</param>
public readonly record struct JournalEdit(JournalEditKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>It stays as it is.</summary>
    public static JournalEdit Keep => new(JournalEditKind.Keep, default);

    /// <summary>It goes.</summary>
    public static JournalEdit Drop => new(JournalEditKind.Drop, default);

    /// <summary>It gets another payload.</summary>
    public static JournalEdit Change(ReadOnlyMemory<byte> payload) => new(JournalEditKind.Change, payload);
}

/// <summary>All entries of <paramref name="PersistenceId"/> up to <paramref name="SequenceNr"/> are on disk.</summary>
public sealed record Synced(string PersistenceId, long SequenceNr);

/// <summary>
/// The disk failed to take entries of <paramref name="PersistenceId"/>; which, nobody can tell. No <see cref="Synced"/> and no
/// write follows until the log is opened again, which the next recovery of its persistent actor does.
/// </summary>
public sealed record SyncFailed(string PersistenceId, string Cause);

/// <summary>Stored bytes that fail their CRC or that are out of sequence; names file and position.</summary>
public sealed class JournalCorruptedException(string message) : Exception(message);

/// <summary>
/// A serializer that can give its payload as a head and a body, so that a journal writes a record batch from the bytes of
/// the received frame without copying it into one array first.
/// </summary>
public interface ISlicedSerializer
{
    /// <summary>Head (small, newly made) and body (a slice, may be empty) whose concatenation equals <c>ToBinary</c>.</summary>
    (ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body) ToSlices(object payload);
}
