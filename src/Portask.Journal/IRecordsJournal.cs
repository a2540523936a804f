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

    /// <summary>Reads entries with <c>from &lt;= SequenceNr &lt;= to</c>, at most <paramref name="maxBytes"/> of payload but at least one entry if there is any.</summary>
    /// <exception cref="JournalCorruptedException">An entry in the range fails its CRC. Nothing damaged is returned.</exception>
    ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation);

    /// <summary>Bytes that the persistence id takes on disk, or 0 where unknown.</summary>
    long SizeInBytes(string persistenceId);
}

/// <summary>One stored entry as the journal holds it, not deserialized.</summary>
public readonly record struct JournalEntry(long SequenceNr, string Manifest, ReadOnlyMemory<byte> Payload);

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
