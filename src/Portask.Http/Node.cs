using Portask.Broker;
using Portask.Hosting;

namespace Portask.Http;

/// <summary>What endpoints know of the node: its options from the start, the broker once it serves.</summary>
internal sealed class Node(NodeOptions options)
{
    private readonly CancellationTokenSource _closing = new();
    private volatile PortaskNode? _running;

    /// <summary>The settings.</summary>
    public NodeOptions Options => options;

    /// <summary>The node; null until it serves.</summary>
    public PortaskNode? Running => _running;

    /// <summary>The broker; null until it serves.</summary>
    public RunningBroker? Broker => _running?.Broker;

    /// <summary>Cancelled when the node stops.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Completes when the broker serves.</summary>
    public TaskCompletionSource Serving { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Attach(PortaskNode node)
    {
        _running = node;
        Serving.TrySetResult();
    }

    /// <summary>Ends what streams and samples.</summary>
    public Task DetachAsync() => _closing.CancelAsync();
}
