using Portask.Broker.Cluster;
using Portask.Broker.Topics;
using Portask.Protocol;
using Portask.State.Topics;

namespace Portask.Broker.Partitions;

/// <summary>The leader of a partition as metadata tells it, and those that can take its place.</summary>
/// <param name="Error">LeaderNotAvailable while the partition cannot be started, else None.</param>
/// <param name="BrokerId">The broker, -1 with an error.</param>
/// <param name="Epoch">The leader epoch; real always, so that a client never compares a real one with none.</param>
/// <param name="Replicas">As many brokers as the replication factor says, the leader first.</param>
/// <param name="InSync">Those of them that are up: each reads the one journal, so none can be behind.</param>
public readonly record struct PartitionLeader(ErrorCode Error, int BrokerId, int Epoch, int[] Replicas, int[] InSync)
{
    /// <summary>Replicas that are down.</summary>
    public IEnumerable<int> Offline => Replicas.Except(InSync);
}

/// <summary>Tells the leaders of partitions, starting those that nobody leads: an epoch is known only once it is journaled.</summary>
public sealed class PartitionLeaders(PartitionClient partitions, LeaderView view, IMetadataView topics, int selfId)
{
    /// <summary>The leaders of some partitions of a topic, in order.</summary>
    public async ValueTask<PartitionLeader[]> OfAsync(TopicMetadata topic, int first, int count, CancellationToken cancellation)
    {
        var leaders = new PartitionLeader[count];
        List<Task>? starting = null;
        for (var i = 0; i < count; i++)
        {
            if (Known(topic.Id, first + i) is { } leader)
                leaders[i] = Of(topic, first + i, leader);
            else
                (starting ??= []).Add(StartAsync(topic, first, leaders, i, cancellation));
        }
        if (starting is not null)
            await Task.WhenAll(starting).ConfigureAwait(false);
        return leaders;
    }

    /// <summary>Whether a partition has a leader now.</summary>
    public bool IsLed(Guid topicId, int partition) => Known(topicId, partition) is not null;

    /// <summary>A partition that this node leads, with its replicas and those of them that are up.</summary>
    public PartitionLeader OfLocal(TopicMetadata topic, int partition) => Of(topic, partition, Known(topic.Id, partition));

    /// <summary>How many replicas of a partition that this node leads are up (min.insync.replicas).</summary>
    public int InSyncCount(TopicMetadata topic, int partition) => Of(topic, partition, new LeaderOf(selfId, 0)).InSync.Length;

    // What runs here is known before it has gone round.
    private LeaderOf? Known(Guid topicId, int partition) =>
        partitions.Find(topicId, partition) is { } reader ? new LeaderOf(selfId, reader.Epochs.Latest) : view.Find(topicId, partition);

    private async Task StartAsync(TopicMetadata topic, int first, PartitionLeader[] leaders, int index, CancellationToken cancellation)
    {
        await partitions.ReaderAsync(topic.Id, first + index, cancellation).ConfigureAwait(false);
        leaders[index] = Of(topic, first + index, Known(topic.Id, first + index));
    }

    private PartitionLeader Of(TopicMetadata topic, int partition, LeaderOf? leader)
    {
        var up = view.Brokers;
        // A broker that is up is registered, whether the registry's news of it is here yet or not.
        var replicas = ReplicaPlacement.Of(
            topic.Id, partition, topic.ReplicationFactor, topics.BrokerIds.Union(up.Keys), leader?.BrokerId ?? -1);
        int[] inSync = [.. replicas.Where(up.ContainsKey)];
        return leader is { } led
            ? new(ErrorCode.None, led.BrokerId, led.Epoch, replicas, inSync)
            : new(ErrorCode.LeaderNotAvailable, -1, -1, replicas, inSync);
    }
}
