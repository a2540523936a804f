using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Portask.State.Compaction;

/// <summary>
/// The last offset of each key, in a fixed number of bytes: open addressing over one array, and of a key only 16 bytes of its
/// SHA-256. Two keys with one hash would lose a record of the first; with a weak hash a producer could make such keys.
/// </summary>
public sealed class OffsetMap
{
    private const int SlotBytes = 24;

    // Beyond this part the runs of taken slots get long.
    private const double MostFull = 0.75;

    private readonly Slot[] _slots;

    /// <param name="bytes">Bytes of the array; there is room for one key at least.</param>
    public OffsetMap(long bytes)
    {
        _slots = new Slot[Math.Clamp(bytes / SlotBytes, 2, Array.MaxLength / 2)];
        Capacity = (int)(_slots.Length * MostFull);
    }

    /// <summary>Keys that there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Keys that are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of a map for so many keys, at most a number of bytes.</summary>
    public static long BytesFor(long keys, long mostBytes) =>
        keys > mostBytes / SlotBytes ? mostBytes : Math.Min(mostBytes, (long)(keys / MostFull) * SlotBytes + (2 * SlotBytes));

    /// <summary>Notes the offset of a key, which is larger than any that it had before.</summary>
    /// <returns>False when the key is new and the map is full.</returns>
    public bool TryPut(ReadOnlySpan<byte> key, long offset)
    {
        var (high, low) = Hash(key);
        ref var slot = ref Find(high, low);
        if (slot.IsFree)
        {
            if (Count == Capacity)
                return false;
            Count++;
        }
        slot = new Slot(high, low, offset + 1);
        return true;
    }

    /// <summary>The last offset of a key, -1 when it is not there.</summary>
    public long Find(ReadOnlySpan<byte> key)
    {
        var (high, low) = Hash(key);
        return Find(high, low).NextOffset - 1;
    }

    private static (ulong High, ulong Low) Hash(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    private ref Slot Find(ulong high, ulong low)
    {
        var at = (int)(high % (ulong)_slots.Length);
        while (!_slots[at].IsFree && (_slots[at].High != high || _slots[at].Low != low))
            at = at + 1 == _slots.Length ? 0 : at + 1;
        return ref _slots[at];
    }

    private readonly record struct Slot(ulong High, ulong Low, long NextOffset)
    {
        public bool IsFree => NextOffset == 0;
    }
}
