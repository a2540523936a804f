namespace Portask.Broker.Partitions;

/// <summary>Starts a partition and asks for its epoch. Answered with <see cref="PartitionAwake"/> once the epoch is journaled.</summary>
public sealed record WakePartition
{
    public static readonly WakePartition Instance = new();
}

/// <summary>The partition serves under this leader epoch.</summary>
public sealed record PartitionAwake(Guid TopicId, int Partition, int LeaderEpoch);

/// <summary>Removes a partition's journal and snapshots and stops it. Answered with <see cref="PartitionDeleted"/>; may be repeated.</summary>
public sealed record DeletePartition
{
    public static readonly DeletePartition Instance = new();
}

/// <summary>Nothing of the partition is left in the journals.</summary>
public sealed record PartitionDeleted(Guid TopicId, int Partition);
