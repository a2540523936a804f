namespace Portask.Testing;

/// <summary>Waits for what a test expects.</summary>
internal static class Until
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    // Not everything that changes is told: markers reach partitions, and groups move on, without a request.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks after each change and each while.</summary>
    /// <exception cref="EmbeddedBrokerException">It did not become true in time.</exception>
    public static Task TrueAsync(Func<bool> condition, Func<Task> changed, TimeSpan? timeout, Func<string> failure, CancellationToken cancellation) =>
        TrueAsync(() => Task.FromResult(condition()), changed, timeout, failure, cancellation);

    /// <summary>Looks after each change and each while.</summary>
    /// <exception cref="EmbeddedBrokerException">It did not become true in time.</exception>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, Func<Task> changed, TimeSpan? timeout, Func<string> failure, CancellationToken cancellation)
    {
        var until = Environment.TickCount64 + (long)(timeout ?? DefaultTimeout).TotalMilliseconds;
        while (true)
        {
            var change = changed();
            if (await condition().ConfigureAwait(false))
                return;
            if (Environment.TickCount64 >= until)
                throw new EmbeddedBrokerException($"After {(timeout ?? DefaultTimeout).TotalSeconds:0.#} s {failure()}");
            await Task.WhenAny(change, Task.Delay(Look, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
