namespace Portask.Bridge.Partitioning;

/// <summary>What a hash becomes where partitions are counted.</summary>
internal enum HashSign
{
    /// <summary>The signed remainder, its sign dropped: Sarama's default and kafka-go's Hash.</summary>
    DropAfterRemainder,

    /// <summary>The sign bit cleared before the remainder, as Kafka's Java client does.</summary>
    ClearBeforeRemainder,

    /// <summary>The unsigned remainder, as librdkafka does.</summary>
    Unsigned,
}

/// <summary>Keys by their hash, records without one as another partitioner says.</summary>
internal sealed class HashPartitioner(Func<ReadOnlySpan<byte>, uint> hash, HashSign sign, IPartitioner withoutKey, bool emptyIsNoKey = false) : IPartitioner
{
    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions)
    {
        if (key is null || (emptyIsNoKey && key.Length == 0))
            return withoutKey.Choose(key, value, wanted, partitions);
        var hashed = hash(key);
        return sign switch
        {
            HashSign.DropAfterRemainder => Math.Abs((int)hashed % partitions),
            HashSign.ClearBeforeRemainder => (int)(hashed & int.MaxValue) % partitions,
            _ => (int)(hashed % (uint)partitions),
        };
    }
}

/// <summary>Any partition.</summary>
internal sealed class RandomPartitioner : IPartitioner
{
    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions) => Random.Shared.Next(partitions);
}

/// <summary>One partition after the other, the counter kept when their number grows (kafka-go).</summary>
internal sealed class CountingRoundRobin : IPartitioner
{
    private uint _count;

    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions) => (int)((Interlocked.Increment(ref _count) - 1) % (uint)partitions);
}

/// <summary>One partition after the other, from the first again when past the last (Sarama).</summary>
internal sealed class WrappingRoundRobin : IPartitioner
{
    private readonly Lock _gate = new();
    private int _next;

    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions)
    {
        lock (_gate)
        {
            if (_next >= partitions)
                _next = 0;
            return _next++;
        }
    }
}

/// <summary>The partition that the sender named, the first where none was, as in Sarama's message.</summary>
internal sealed class ManualPartitioner : IPartitioner
{
    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions) => (wanted ?? 0) is var partition && partition >= 0 && partition < partitions
        ? partition
        : throw new BridgeException($"partition {partition} does not exist; the topic has {partitions}");
}

/// <summary>The partition that was given the fewest bytes of keys and values, the lowest of equals (kafka-go).</summary>
internal sealed class LeastBytesPartitioner : IPartitioner
{
    private readonly Lock _gate = new();
    private long[] _bytes = [];

    public int Choose(byte[]? key, byte[]? value, int? wanted, int partitions)
    {
        lock (_gate)
        {
            if (_bytes.Length != partitions)
                _bytes = new long[partitions];
            var least = Array.IndexOf(_bytes, _bytes.Min());
            _bytes[least] += (key?.Length ?? 0) + (value?.Length ?? 0);
            return least;
        }
    }
}
