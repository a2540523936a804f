using Akka.Actor;
using Portask.Broker.Cluster;
using Portask.Protocol;

namespace Portask.Broker.Partitions;

/// <summary>
/// How handlers reach partitions: only where they run, by their actor's own reference, so record batches never cross nodes.
/// Whatever keeps a partition from answering becomes an error that clients retry.
/// </summary>
public sealed class PartitionClient(ShardRegions regions, LocalPartitions partitions, LeaderView leaders, ClusterTouch touch)
{
    // A partition recovers in milliseconds; this is for a journal that is slow or being waited for.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    // A shard that has not buried the last incarnation yet gives it the message that is to start the next one.
    private static readonly TimeSpan WakeInterval = TimeSpan.FromSeconds(1);

    /// <summary>The partition if it runs here now and may be served, else null.</summary>
    public PartitionReader? Find(Guid topicId, int partition) => touch.Holds ? partitions.Find(topicId, partition) : null;

    /// <summary>Who leads a partition as far as this node knows, null when nobody does.</summary>
    public LeaderOf? LeaderOf(Guid topicId, int partition) => leaders.Find(topicId, partition);

    /// <summary>The partition's reading side; starts it when nobody leads it.</summary>
    /// <returns>The reader, or KafkaStorageError when it cannot be recovered, NotLeaderOrFollower when another node leads it or it takes too long.</returns>
    public ValueTask<(PartitionReader? Reader, ErrorCode Error)> ReaderAsync(Guid topicId, int partition, CancellationToken cancellation)
    {
        if (!touch.Holds)
            return new((null, ErrorCode.NotLeaderOrFollower));
        if (partitions.Find(topicId, partition) is { } running)
            return new((running, ErrorCode.None));
        return leaders.Find(topicId, partition) is null ? new(StartAsync(topicId, partition, cancellation)) : new((null, ErrorCode.NotLeaderOrFollower));
    }

    /// <summary>Appends a batch. The message is under way or in line when this returns its task, so the order of calls is the order in the log.</summary>
    public Task<AppendReply> AppendAsync(Guid topicId, int partition, AppendBatch append, TimeSpan patience, CancellationToken cancellation) =>
        AskAsync(topicId, partition, append, AppendReply.Refused, patience, cancellation);

    /// <summary>Asks a partition that runs here or can be started here.</summary>
    /// <param name="refused">The reply that stands for an error.</param>
    public Task<TReply> AskAsync<TReply>(
        Guid topicId, int partition, object message, Func<ErrorCode, TReply> refused, TimeSpan patience, CancellationToken cancellation)
        where TReply : class
    {
        if (!touch.Holds)
            return Task.FromResult(refused(ErrorCode.NotLeaderOrFollower));
        if (partitions.Find(topicId, partition) is { IsWritable: true } running)
            return AskAsync(running, message, refused, patience, cancellation);
        return IsLedElsewhere(topicId, partition)
            ? Task.FromResult(refused(ErrorCode.NotLeaderOrFollower))
            : StartAndAskAsync(topicId, partition, message, refused, patience, cancellation);
    }

    // A reader that the disk left behind is this node's own, and its partition may be able to write again.
    private bool IsLedElsewhere(Guid topicId, int partition) =>
        leaders.Find(topicId, partition) is not null && partitions.Find(topicId, partition) is null;

    private static async Task<TReply> AskAsync<TReply>(
        PartitionReader running, object message, Func<ErrorCode, TReply> refused, TimeSpan patience, CancellationToken cancellation)
        where TReply : class
    {
        try
        {
            var asked = running.Owner.Ask<TReply>(message, patience, cancellation);
            await Task.WhenAny(asked, running.WritingEnded).ConfigureAwait(false);
            // What it answered at its end is here; what came after its end would wait for nothing.
            return asked.IsCompleted || !running.WritingEnded.IsCompleted ? await asked.ConfigureAwait(false) : refused(ErrorCode.NotLeaderOrFollower);
        }
        catch (AskTimeoutException)
        {
            return refused(ErrorCode.RequestTimedOut);
        }
        catch (OperationCanceledException)
        {
            return refused(ErrorCode.NotLeaderOrFollower);
        }
    }

    private async Task<TReply> StartAndAskAsync<TReply>(
        Guid topicId, int partition, object message, Func<ErrorCode, TReply> refused, TimeSpan patience, CancellationToken cancellation)
        where TReply : class
    {
        var led = new TaskCompletionSource<Task<TReply>>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Then(PartitionStart start) => led.TrySetResult(start switch
        {
            { Reader: { } running } => AskAsync(running, message, refused, patience, cancellation),
            { Failure: not null } => Task.FromResult(refused(ErrorCode.KafkaStorageError)),
            _ => Task.FromResult(refused(ErrorCode.NotLeaderOrFollower)),
        });
        Action<PartitionStart> then = Then;
        partitions.WhenLed(topicId, partition, then);
        if (!await WakeAsync(topicId, partition, led.Task, cancellation).ConfigureAwait(false))
        {
            partitions.Forget(topicId, partition, then);
            // Unless it came in this moment, nobody sends the message any more.
            led.TrySetResult(Task.FromResult(refused(ErrorCode.NotLeaderOrFollower)));
        }
        return await (await led.Task.ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<(PartitionReader? Reader, ErrorCode Error)> StartAsync(Guid topicId, int partition, CancellationToken cancellation)
    {
        var led = new TaskCompletionSource<PartitionStart>(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<PartitionStart> then = start => led.TrySetResult(start);
        partitions.WhenLed(topicId, partition, then);
        try
        {
            if (!await WakeAsync(topicId, partition, led.Task, cancellation).ConfigureAwait(false))
            {
                cancellation.ThrowIfCancellationRequested();
                return (null, ErrorCode.NotLeaderOrFollower);
            }
            var start = await led.Task.ConfigureAwait(false);
            // The partition has logged what is wrong with its journal.
            return (start.Reader, start.Failure is not null ? ErrorCode.KafkaStorageError : start.Reader is null ? ErrorCode.NotLeaderOrFollower : ErrorCode.None);
        }
        finally
        {
            partitions.Forget(topicId, partition, then);
        }
    }

    /// <summary>Has a partition started; false when nothing came of it in time.</summary>
    private async Task<bool> WakeAsync(Guid topicId, int partition, Task led, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; waited < StartPatience && !cancellation.IsCancellationRequested; waited += WakeInterval)
        {
            regions.Partitions.Tell(PartitionRegion.To(topicId, partition, WakePartition.Instance), ActorRefs.NoSender);
            if (await Task.WhenAny(led, Task.Delay(WakeInterval, cancellation)).ConfigureAwait(false) == led)
                return true;
        }
        return false;
    }
}
