namespace Portask.Broker.Partitions;

/// <summary>Wakes one parked fetch when any of the partitions that it waits on has more to read, or is gone.</summary>
public sealed class AppendSignal : IDisposable
{
    private readonly TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PartitionReader> _armed = [];

    /// <summary>Completes when something happened.</summary>
    public Task Raised => _raised.Task;

    /// <summary>Also waits on this partition.</summary>
    public void Arm(PartitionReader partition)
    {
        _armed.Add(partition);
        partition.Await(this);
    }

    /// <summary>Something happened.</summary>
    public void Raise() => _raised.TrySetResult();

    /// <summary>Waits on nothing any more.</summary>
    public void Dispose()
    {
        foreach (var partition in _armed)
            partition.Forget(this);
    }
}
