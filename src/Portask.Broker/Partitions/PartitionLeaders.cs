using Portask.Broker.Topics;
using Portask.Protocol;

namespace Portask.Broker.Partitions;

/// <summary>The leader of a partition as metadata tells it.</summary>
/// <param name="Error">LeaderNotAvailable while the partition cannot be started, else None.</param>
/// <param name="Epoch">The leader epoch; real always, so that a client never compares a real one with none.</param>
public readonly record struct PartitionLeader(ErrorCode Error, int Epoch);

/// <summary>Tells the leaders of partitions, starting those that do not run: an epoch is known only once it is journaled.</summary>
public sealed class PartitionLeaders(PartitionClient partitions)
{
    /// <summary>The leaders of some partitions of a topic, in order.</summary>
    public async ValueTask<PartitionLeader[]> OfAsync(TopicMetadata topic, int first, int count, CancellationToken cancellation)
    {
        var leaders = new PartitionLeader[count];
        List<Task>? starting = null;
        for (var i = 0; i < count; i++)
        {
            if (partitions.Find(topic.Id, first + i) is { } reader)
                leaders[i] = new(ErrorCode.None, reader.Epochs.Latest);
            else
                (starting ??= []).Add(StartAsync(topic, first, leaders, i, cancellation));
        }
        if (starting is not null)
            await Task.WhenAll(starting).ConfigureAwait(false);
        return leaders;
    }

    private async Task StartAsync(TopicMetadata topic, int first, PartitionLeader[] leaders, int index, CancellationToken cancellation)
    {
        var (reader, _) = await partitions.ReaderAsync(topic.Id, first + index, cancellation).ConfigureAwait(false);
        leaders[index] = reader is null ? new(ErrorCode.LeaderNotAvailable, -1) : new(ErrorCode.None, reader.Epochs.Latest);
    }
}
