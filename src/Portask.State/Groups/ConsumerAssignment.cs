using System.Buffers.Binary;
using System.Text;

namespace Portask.State.Groups;

/// <summary>What the leader of a consumer group gave to a member: the partitions in its assignment.</summary>
public static class ConsumerAssignment
{
    /// <summary>Reads the partitions. Members write this themselves, so anything may stand there; false when it is no assignment.</summary>
    public static bool TryReadPartitions(ReadOnlySpan<byte> assignment, out IReadOnlyList<OffsetKey> partitions)
    {
        partitions = [];
        // A member that gets nothing is often given no bytes at all.
        if (assignment.IsEmpty)
            return true;
        if (assignment.Length < 6 || BinaryPrimitives.ReadInt16BigEndian(assignment) < 0)
            return false;
        var topics = BinaryPrimitives.ReadInt32BigEndian(assignment[2..]);
        var rest = assignment[6..];
        // Each topic takes at least two lengths, so a count beyond that is a lie.
        if (topics < 0 || topics > rest.Length / 6)
            return false;
        var found = new List<OffsetKey>();
        for (var i = 0; i < topics; i++)
            if (!TryReadTopic(ref rest, found))
                return false;
        partitions = found;
        return true;
    }

    private static bool TryReadTopic(ref ReadOnlySpan<byte> rest, List<OffsetKey> found)
    {
        if (rest.Length < 2)
            return false;
        var length = BinaryPrimitives.ReadInt16BigEndian(rest);
        if (length < 0 || length > rest.Length - 6)
            return false;
        var topic = Encoding.UTF8.GetString(rest.Slice(2, length));
        var count = BinaryPrimitives.ReadInt32BigEndian(rest[(2 + length)..]);
        rest = rest[(6 + length)..];
        if (count < 0 || count > rest.Length / 4)
            return false;
        for (var i = 0; i < count; i++)
            found.Add(new OffsetKey(topic, BinaryPrimitives.ReadInt32BigEndian(rest[(4 * i)..])));
        rest = rest[(4 * count)..];
        return true;
    }
}
