namespace Portask.Journal.Reading;

/// <summary>Events as they were appended: what is known of those that are gone, with those that are there.</summary>
public static class WholeHistory
{
    /// <summary>
    /// Events of a range, oldest first. Of a batch that compaction changed or took away the header that it was appended with is
    /// given, without records.
    /// </summary>
    /// <exception cref="JournalCorruptedException">An entry in the range is damaged.</exception>
    public static IEnumerable<StoredEvent> Read(IJournalReader journal, string persistenceId, long from, long to)
    {
        // Read before the journal: an entry that goes meanwhile is in one of the two.
        var entries = journal.Read(persistenceId, from, to);
        using var gone = journal.Gone(persistenceId).Where(one => one.SequenceNr >= from && one.SequenceNr <= to).GetEnumerator();
        var isMore = gone.MoveNext();
        foreach (var entry in entries)
        {
            while (isMore && gone.Current.SequenceNr < entry.SequenceNr)
            {
                yield return gone.Current;
                isMore = gone.MoveNext();
            }
            if (isMore && gone.Current.SequenceNr == entry.SequenceNr)
            {
                yield return gone.Current;
                isMore = gone.MoveNext();
            }
            else
            {
                yield return entry;
            }
        }
        for (; isMore; isMore = gone.MoveNext())
            yield return gone.Current;
    }
}
