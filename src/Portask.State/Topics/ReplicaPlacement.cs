namespace Portask.State.Topics;

/// <summary>
/// Names the brokers that a partition's replicas stand for. All of them read the one journal, so a replica is a broker that may
/// take the partition over, and the choice needs no journal of its own: it follows from the ids (rendezvous hashing), so it
/// moves only where a broker is registered or goes.
/// </summary>
public static class ReplicaPlacement
{
    /// <summary>The replicas of a partition, the leader first.</summary>
    /// <param name="leader">The broker that leads now, -1 for none.</param>
    public static int[] Of(Guid topicId, int partition, int replicationFactor, IEnumerable<int> brokers, int leader)
    {
        var others = brokers.Where(id => id != leader).OrderByDescending(id => Weight(topicId, partition, id)).ThenBy(id => id);
        return leader < 0 ? [.. others.Take(replicationFactor)] : [leader, .. others.Take(replicationFactor - 1)];
    }

    private static ulong Weight(Guid topicId, int partition, int broker)
    {
        Span<byte> id = stackalloc byte[16];
        topicId.TryWriteBytes(id, bigEndian: true, out _);
        var hash = BitConverter.ToUInt64(id) ^ BitConverter.ToUInt64(id[8..]);
        hash = Mix(hash + (uint)partition);
        return Mix(hash + (uint)broker);
    }

    // The finalizer of SplitMix64: every bit of the input moves every bit of the output.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
