using Portask.Journal.Events;
using Portask.Journal.Reading;
using Portask.State.Partitions;

namespace Portask.Journal.History;

/// <summary>The state that a partition's history starts with once what was before is given up.</summary>
internal static class HistoryStart
{
    /// <summary>The state after a sequence number, by all that is known up to it.</summary>
    /// <param name="start">What the history started with until now.</param>
    /// <returns>Null where what is known is not enough; the history then starts with the partition's own snapshot.</returns>
    public static StoredSnapshot? Fold(IJournalReader reader, string persistenceId, StoredSnapshot? start, long to)
    {
        var fold = new PartitionFold();
        if (start is { } known)
            fold.Restore(JournaledEvents.Read(known.SerializerId, known.Manifest, known.Payload));
        var (last, timeMs) = (start?.SequenceNr ?? 0, start?.TimeMs ?? 0);
        try
        {
            foreach (var one in WholeHistory.Read(reader, persistenceId, last + 1, to))
            {
                if (one.SequenceNr != last + 1)
                    return null;
                fold.Apply(JournaledEvents.Read(one.SerializerId, one.Manifest, one.Payload), one.SequenceNr);
                (last, timeMs) = (one.SequenceNr, one.TimeMs);
            }
        }
        catch (Exception cause) when (cause is JournalCorruptedException or InvalidOperationException or ArgumentException or System.Runtime.Serialization.SerializationException)
        {
            return null;
        }
        return last == to
            ? new StoredSnapshot(to, timeMs, PartitionSerializer.Id, PartitionSerializer.SnapshotManifest, new PartitionSerializer(null!).ToBinary(fold.ToSnapshot()))
            : null;
    }
}
