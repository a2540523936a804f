using Confluent.Kafka;
using Polly;

namespace Portask.Bridge.Mirroring;

/// <summary>Keeps the copy of one topic going: a session after the other, further apart the longer nothing works.</summary>
internal sealed class TopicMirror(MirrorContext context, Route route)
{
    private long _failures;

    public TopicState State { get; } = new(route);

    /// <summary>Sessions that ended in a failure.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var resilience = context.Config.Resilience;
        // Each round ends with a session that got somewhere, so that an old failure does not make a new one wait long.
        var backoff = Policy.Handle<Exception>(cause => cause is not OperationCanceledException)
            .WaitAndRetryForeverAsync(attempt => Backoff.Wait(resilience, attempt), (cause, wait) => Failed(cause, wait));
        try
        {
            while (!stop.IsCancellationRequested)
                await backoff.ExecuteAsync(RunSessionAsync, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        State.Is("stopped");
    }

    private async Task RunSessionAsync(CancellationToken stop)
    {
        var partitions = await PrepareAsync();
        var form = await CopyForm.FindAsync(context, route, partitions, stop);
        // The clients block, for a whole session; no thread of the pool is spent on that.
        await Task.Factory.StartNew(() => Run(form, partitions, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Run(CopyForm form, int partitions, CancellationToken stop)
    {
        using MirrorSession session = context.Config.Mirror.Delivery == Delivery.ExactlyOnce
            ? new ExactlyOnceSession(context, route, State, form, partitions)
            : new AtLeastOnceSession(context, route, State, form, stop);
        try
        {
            session.Run(stop);
        }
        catch (Exception cause) when (session.HasMadeProgress && cause is not OperationCanceledException && !IsFenced(cause))
        {
            Failed(cause, context.Config.Resilience.BackoffMin);
            stop.WaitHandle.WaitOne(context.Config.Resilience.BackoffMin);
        }
        catch (Exception cause) when (IsFenced(cause))
        {
            // Two bridges that copy the same topic would otherwise take it from each other all the time.
            Failed(new BridgeException("fenced: another bridge copies this topic, or a transaction was open longer than mirror.transaction_timeout", cause), context.Config.Mirror.RefreshInterval);
            stop.WaitHandle.WaitOne(context.Config.Mirror.RefreshInterval);
        }
    }

    private async Task<int> PrepareAsync()
    {
        var partitions = await context.Source.PartitionsAsync(route.Source)
            ?? throw new BridgeException($"{route.Source} does not exist on {context.Source.Bootstrap}");
        var replicas = context.Config.ReplicationFactor;
        await Progress.EnsureTopicAsync(context.Target, replicas);
        if (await context.Target.PartitionsAsync(route.Target) is null)
            await context.Target.EnsureTopicAsync(route.Target, partitions, replicas, await context.Source.CopiedConfigsAsync(route.Source));
        else
            await context.Target.EnsureTopicAsync(route.Target, partitions, replicas);
        return partitions;
    }

    private void Failed(Exception cause, TimeSpan wait)
    {
        Interlocked.Increment(ref _failures);
        State.Is("waiting", cause.Message);
        context.Log($"{route.Source} -> {route.Target}: {cause.Message}; again in {wait.TotalSeconds:F1} s");
    }

    private static bool IsFenced(Exception cause) =>
        cause is KafkaException { Error.Code: ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch };
}
