using Microsoft.Win32.SafeHandles;
using Portask.Journal.History;
using Portask.Journal.Log;

namespace Portask.Journal.Reading;

/// <summary>
/// Checks the log of one persistence id: every CRC, every sequence number, every index, what is kept of gone entries. Where an
/// entry is damaged it goes on with the next one that is not.
/// </summary>
internal sealed class LogCheck(string folder)
{
    public IEnumerable<CheckedEntry> Run()
    {
        foreach (var (path, position) in HeadFiles.Damage(folder))
            yield return Damage($"{path} at {position}", "damaged entry of the history");
        var (deletedTo, mark) = DeletedTo();
        if (mark is not null)
            yield return Damage(Path.Combine(folder, "deleted-to"), mark);
        var files = LogReader.SegmentFiles(folder);
        for (var i = 0; i < files.Count; i++)
            foreach (var entry in Check(files[i].Path, files[i].Name, isLast: i == files.Count - 1))
                if (entry.Damage is not null || entry.Event.SequenceNr > deletedTo)
                    yield return entry;
    }

    private (long DeletedTo, string? Damage) DeletedTo()
    {
        try
        {
            return (EntityLog.DeletedTo(folder), null);
        }
        catch (JournalCorruptedException cause)
        {
            return (0, cause.Message);
        }
    }

    private static IEnumerable<CheckedEntry> Check(string path, SegmentName name, bool isLast)
    {
        using var handle = LogReader.Open(path);
        if (handle is null)
            yield break;
        var index = new SegmentIndex(intervalBytes: 0);
        var indexPath = Path.ChangeExtension(path, SegmentIndex.Extension);
        var hasIndex = index.TryLoad(indexPath, out var last, out var covered);
        if (!hasIndex && File.Exists(indexPath))
            yield return Damage(indexPath, "the index fails its CRC");
        // Read after the index: what an index covers was in the file before it.
        var length = RandomAccess.GetLength(handle);
        if (hasIndex && covered > length)
            yield return Damage($"{path} at {length}", $"the file ends here, {covered - length} bytes that its index covers are missing");
        var positions = new Dictionary<long, long>();
        foreach (var (entry, position) in Entries(handle, path, name, length, isLast))
        {
            if (entry.Damage is null)
                positions[entry.Event.SequenceNr] = position;
            yield return entry;
        }
        foreach (var (sequenceNr, position) in hasIndex ? index.Points : [])
            if (positions.TryGetValue(sequenceNr, out var at) && at != position)
                yield return Damage(indexPath, $"sequence number {sequenceNr} is at {at} and not at {position}");
        if (hasIndex && name.CleanedTo is null && positions.Count > 0 && last > positions.Keys.Max())
            yield return Damage(path, $"ends with sequence number {positions.Keys.Max()}, its index with {last}");
    }

    private static IEnumerable<(CheckedEntry Checked, long Position)> Entries(SafeFileHandle handle, string path, SegmentName name, long length, bool isLast)
    {
        var (due, position, isWhole) = (name.First, 0L, name.CleanedTo is null);
        while (position < length)
        {
            foreach (var (entry, size) in SegmentScan.Walk(handle, position, length))
            {
                if (CleanedTrailer.Is(entry))
                    isWhole |= CleanedTrailer.Is(entry, name);
                else
                    yield return (new(LogReader.ToStored(entry), $"{path} at {position}", null, name.CleanedTo is not null), position);
                (position, due) = (position + size, entry.SequenceNr + 1);
            }
            if (position == length)
                break;
            var next = SegmentScan.FindEntryAfter(handle, position, length, due);
            // The end of the last segment may be an entry that is being written in this moment, or one that a crash cut off.
            if (next is null && isLast && name.CleanedTo is null)
                break;
            yield return (Damage($"{path} at {position}", $"damaged entry with sequence number {due}, {(next ?? length) - position} bytes"), position);
            position = next ?? length;
        }
        if (!isWhole)
            yield return (Damage($"{path} at {length}", "a cleaned segment without its last entry"), length);
    }

    private static CheckedEntry Damage(string where, string what) => new(default, where, what, false);
}
