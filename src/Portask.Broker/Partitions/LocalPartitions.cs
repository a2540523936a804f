using System.Collections.Concurrent;

namespace Portask.Broker.Partitions;

/// <summary>
/// The partitions that run on this node, for handlers that read and write them and for those that wait until one starts. Who
/// waits is called in the order he came, before anybody else finds the partition.
/// </summary>
public sealed class LocalPartitions
{
    private readonly ConcurrentDictionary<(Guid TopicId, int Partition), PartitionReader> _readers = new();
    private readonly Dictionary<(Guid TopicId, int Partition), List<Action<PartitionStart>>> _awaited = [];
    private readonly Lock _gate = new();

    /// <summary>Called after a partition began to serve here.</summary>
    public event Action<PartitionReader>? Started;

    /// <summary>Called after a partition ceased to run here.</summary>
    public event Action<PartitionReader>? Stopped;

    /// <summary>The partitions that run now.</summary>
    public ICollection<PartitionReader> All => _readers.Values;

    /// <summary>The partition if it runs here, else null.</summary>
    public PartitionReader? Find(Guid topicId, int partition) => _readers.GetValueOrDefault((topicId, partition));

    /// <summary>Calls back once the partition takes writes here, leads on another node, or could not be recovered; at once when it does.</summary>
    public void WhenLed(Guid topicId, int partition, Action<PartitionStart> then)
    {
        lock (_gate)
        {
            if (Find(topicId, partition) is { IsWritable: true } running)
                then(new PartitionStart(running, null));
            else if (_awaited.TryGetValue((topicId, partition), out var waiting))
                waiting.Add(then);
            else
                _awaited[(topicId, partition)] = [then];
        }
    }

    /// <summary>Calls back no more.</summary>
    public void Forget(Guid topicId, int partition, Action<PartitionStart> then)
    {
        lock (_gate)
        {
            if (_awaited.TryGetValue((topicId, partition), out var waiting) && waiting.Remove(then) && waiting.Count == 0)
                _awaited.Remove((topicId, partition));
        }
    }

    /// <summary>Called by a partition when it has recovered and leads.</summary>
    public void Add(PartitionReader reader)
    {
        lock (_gate)
        {
            // An incarnation that the disk refused has left its reader behind.
            if (Find(reader.TopicId, reader.Partition) is { } former && former != reader)
                former.Stop();
            Call(reader.TopicId, reader.Partition, new PartitionStart(reader, null));
            _readers[(reader.TopicId, reader.Partition)] = reader;
        }
        Started?.Invoke(reader);
    }

    /// <summary>Called by a partition when it stops.</summary>
    public void Remove(PartitionReader reader)
    {
        if (_readers.TryRemove(KeyValuePair.Create((reader.TopicId, reader.Partition), reader)))
            Stopped?.Invoke(reader);
    }

    /// <summary>Called by a partition that cannot be recovered. Who waits is told; the next one to come makes it try again.</summary>
    public void Fail(Guid topicId, int partition, Exception cause)
    {
        lock (_gate)
            Call(topicId, partition, new PartitionStart(null, cause));
    }

    /// <summary>Another node leads the partition: nobody need wait for it here.</summary>
    public void LeadsElsewhere(Guid topicId, int partition)
    {
        lock (_gate)
            Call(topicId, partition, default);
    }

    private void Call(Guid topicId, int partition, PartitionStart start)
    {
        if (!_awaited.Remove((topicId, partition), out var waiting))
            return;
        foreach (var then in waiting)
            then(start);
    }
}

/// <summary>What came of waiting for a partition: it runs here, it failed, or, with neither, it leads elsewhere.</summary>
public readonly record struct PartitionStart(PartitionReader? Reader, Exception? Failure);
