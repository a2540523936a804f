using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;

namespace Portask.Broker.Partitions;

/// <summary>How handlers reach partitions. Whatever keeps a partition from answering becomes an error that clients retry.</summary>
public sealed class PartitionClient(ShardRegions regions, LocalPartitions partitions)
{
    // A partition recovers in milliseconds; this is for a journal that is slow or being waited for.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    /// <summary>The partition if it runs here now, else null.</summary>
    public PartitionReader? Find(Guid topicId, int partition) => partitions.Find(topicId, partition);

    /// <summary>The partition's reading side; starts it when it does not run.</summary>
    /// <returns>The reader, or KafkaStorageError when it cannot be recovered, NotLeaderOrFollower when it takes too long.</returns>
    public ValueTask<(PartitionReader? Reader, ErrorCode Error)> ReaderAsync(Guid topicId, int partition, CancellationToken cancellation) =>
        partitions.Find(topicId, partition) is { } running ? new((running, ErrorCode.None)) : new(StartAsync(topicId, partition, cancellation));

    /// <summary>Appends a batch. The message is under way when this returns its task, so the order of calls is the order in the log.</summary>
    public Task<AppendReply> AppendAsync(Guid topicId, int partition, AppendBatch append, TimeSpan patience, CancellationToken cancellation)
    {
        var starting = partitions.Find(topicId, partition) is null ? partitions.WhenRunningAsync(topicId, partition) : null;
        var envelope = PartitionRegion.To(topicId, partition, append);
        return AnswerAsync(regions.Partitions.Ask<AppendReply>(envelope, patience, cancellation), starting);
    }

    /// <summary>Asks a partition; null when it does not answer in time.</summary>
    public async Task<TReply?> AskAsync<TReply>(Guid topicId, int partition, object message, TimeSpan patience, CancellationToken cancellation)
        where TReply : class
    {
        try
        {
            return await regions.Partitions
                .Ask<TReply>(PartitionRegion.To(topicId, partition, message), patience, cancellation)
                .ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private async Task<(PartitionReader? Reader, ErrorCode Error)> StartAsync(Guid topicId, int partition, CancellationToken cancellation)
    {
        var running = partitions.WhenRunningAsync(topicId, partition);
        regions.Partitions.Tell(PartitionRegion.To(topicId, partition, WakePartition.Instance), ActorRefs.NoSender);
        try
        {
            return (await running.WaitAsync(StartPatience, cancellation).ConfigureAwait(false), ErrorCode.None);
        }
        catch (TimeoutException)
        {
            return (null, ErrorCode.NotLeaderOrFollower);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // The partition has logged what is wrong with its journal.
            return (null, ErrorCode.KafkaStorageError);
        }
    }

    private static async Task<AppendReply> AnswerAsync(Task<AppendReply> asked, Task<PartitionReader>? starting)
    {
        try
        {
            // A partition that cannot be recovered answers nobody, but whoever waits for its start is told.
            if (starting is not null && await Task.WhenAny(asked, starting).ConfigureAwait(false) == starting && starting.IsFaulted)
                return AppendReply.Refused(ErrorCode.KafkaStorageError);
            return await asked.ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return AppendReply.Refused(ErrorCode.RequestTimedOut);
        }
        catch (OperationCanceledException)
        {
            return AppendReply.Refused(ErrorCode.NotLeaderOrFollower);
        }
    }
}
