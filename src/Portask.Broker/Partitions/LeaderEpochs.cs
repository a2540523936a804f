using System.Collections.Concurrent;

namespace Portask.Broker.Partitions;

/// <summary>The leader epochs that the partitions of this node have announced.</summary>
public sealed class LeaderEpochs
{
    /// <summary>What stands for an epoch that is not known.</summary>
    public const int Unknown = -1;

    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), int> _epochs = new();

    /// <summary>The epoch of a partition that runs on this node, else <see cref="Unknown"/>.</summary>
    public int Get(Guid topicId, int partition) => _epochs.GetValueOrDefault((topicId, partition), Unknown);

    /// <summary>Called by a partition when it has journaled the epoch that it leads in.</summary>
    public void Announce(Guid topicId, int partition, int epoch) => _epochs[(topicId, partition)] = epoch;

    /// <summary>Called by a partition when it stops.</summary>
    public void Withdraw(Guid topicId, int partition) => _epochs.TryRemove((topicId, partition), out _);
}
