using System.Collections.Concurrent;

namespace Portask.Broker.Partitions;

/// <summary>The partitions that run on this node, for handlers that read them and for those that wait until one starts.</summary>
public sealed class LocalPartitions
{
    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), PartitionReader> _readers = new();
    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), TaskCompletionSource<PartitionReader>> _awaited = new();

    /// <summary>The partitions that run now.</summary>
    public ICollection<PartitionReader> All => _readers.Values;

    /// <summary>The partition if it runs here, else null.</summary>
    public PartitionReader? Find(Guid topicId, int partition) => _readers.GetValueOrDefault((topicId, partition));

    /// <summary>Completes when the partition runs; fails with the cause when it could not be recovered.</summary>
    public Task<PartitionReader> WhenRunningAsync(Guid topicId, int partition)
    {
        var awaited = _awaited.GetOrAdd((topicId, partition), _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Find(topicId, partition) is { } reader)
            Complete(topicId, partition, running => running.TrySetResult(reader));
        return awaited.Task;
    }

    /// <summary>Called by a partition when it has recovered and leads.</summary>
    public void Add(PartitionReader reader)
    {
        // An incarnation that the disk refused has left its reader behind.
        if (Find(reader.TopicId, reader.Partition) is { } former && former != reader)
            former.Stop();
        _readers[(reader.TopicId, reader.Partition)] = reader;
        Complete(reader.TopicId, reader.Partition, running => running.TrySetResult(reader));
    }

    /// <summary>Called by a partition when it stops.</summary>
    public void Remove(PartitionReader reader) =>
        _readers.TryRemove(KeyValuePair.Create((reader.TopicId, reader.Partition), reader));

    /// <summary>Called by a partition that cannot be recovered. Who waits is told; the next one to come makes it try again.</summary>
    public void Fail(Guid topicId, int partition, Exception cause) =>
        Complete(topicId, partition, running =>
        {
            running.TrySetException(cause);
            // Nobody may be waiting, and an unobserved failure would be reported as a fault of the process.
            _ = running.Task.Exception;
        });

    private void Complete(Guid topicId, int partition, Action<TaskCompletionSource<PartitionReader>> how)
    {
        if (_awaited.TryRemove((topicId, partition), out var awaited))
            how(awaited);
    }
}
