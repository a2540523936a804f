using Portask.Journal;

namespace Portask.Testing.Memory;

/// <summary>One event as it would stand on a disk.</summary>
internal readonly record struct MemoryEntry(long SequenceNr, long TimestampTicks, int SerializerId, string Manifest, ReadOnlyMemory<byte> Payload);

/// <summary>The events of one persistence id.</summary>
internal sealed class MemoryLog
{
    private readonly Lock _gate = new();
    private readonly List<MemoryEntry> _entries = [];
    private long _highest;
    private long _deletions;
    private long _bytes;

    /// <summary>The highest number that was ever written, deleted or not.</summary>
    public long HighestSequenceNr
    {
        get
        {
            lock (_gate)
                return _highest;
        }
    }

    /// <summary>Bytes of all payloads.</summary>
    public long SizeInBytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Adds events behind the last one.</summary>
    public void Append(IReadOnlyList<MemoryEntry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (entry.SequenceNr <= _highest)
                    throw new InvalidOperationException($"event {entry.SequenceNr} was written twice");
                _entries.Add(entry);
                _highest = entry.SequenceNr;
                _bytes += entry.Payload.Length;
            }
        }
    }

    /// <summary>Events of a closed range, at most so many bytes of payload but at least one event if there is any.</summary>
    public List<MemoryEntry> Read(long from, long to, long maxBytes = long.MaxValue)
    {
        lock (_gate)
        {
            var read = new List<MemoryEntry>();
            var bytes = 0L;
            for (var i = IndexOf(from); i < _entries.Count && _entries[i].SequenceNr <= to; i++)
            {
                bytes += _entries[i].Payload.Length;
                if (read.Count > 0 && bytes > maxBytes)
                    break;
                read.Add(_entries[i]);
            }
            return read;
        }
    }

    /// <summary>Forgets the events up to a number.</summary>
    public void DeleteTo(long sequenceNr)
    {
        lock (_gate)
        {
            var count = sequenceNr == long.MaxValue ? _entries.Count : IndexOf(sequenceNr + 1);
            for (var i = 0; i < count; i++)
                _bytes -= _entries[i].Payload.Length;
            _entries.RemoveRange(0, count);
            _deletions += count > 0 ? 1 : 0;
        }
    }

    /// <summary>Keeps, changes or drops events of a closed range; false when some were deleted meanwhile.</summary>
    public bool Edit(long from, long to, Func<JournalEntry, JournalEdit> edit)
    {
        var deletions = Volatile.Read(ref _deletions);
        var edited = Read(from, to).ConvertAll(entry => (Entry: entry, Edit: edit(new(entry.SequenceNr, entry.Manifest, entry.Payload))));
        lock (_gate)
        {
            if (_deletions != deletions)
                return false;
            foreach (var (entry, change) in edited)
            {
                var i = IndexOf(entry.SequenceNr);
                if (change.Kind == JournalEditKind.Drop)
                    _entries.RemoveAt(i);
                else if (change.Kind == JournalEditKind.Change)
                    _entries[i] = entry with { Payload = change.Payload.ToArray() };
                _bytes -= change.Kind == JournalEditKind.Keep ? 0 : entry.Payload.Length;
                _bytes += change.Kind == JournalEditKind.Change ? change.Payload.Length : 0;
            }
            return true;
        }
    }

    private int IndexOf(long sequenceNr)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].SequenceNr < sequenceNr)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
