namespace Portask.Protocol.Records;

/// <summary>
/// Leave to open records beyond <see cref="FromBytes"/>. Batches of that size are rare, and a dozen of them opened at once, which
/// costs a client a few megabytes, took 3 GB: all share one array and wait for each other, each for the time it is opened.
/// </summary>
public sealed class LargeRecords : IDisposable
{
    /// <summary>Up to here arrays are pooled, and any number of threads has one.</summary>
    public const int FromBytes = 16 * 1024 * 1024;

    private static readonly SemaphoreSlim Gate = new(1);

    // Weak, so that it goes when memory is short and nobody needs it.
    private static readonly WeakReference<byte[]?> Kept = new(null);

    private LargeRecords()
    {
    }

    /// <summary>Waits until nobody else has it. Disposing of it gives it to the next, in the order in which they asked.</summary>
    public static async ValueTask<LargeRecords> WaitAsync()
    {
        await Gate.WaitAsync().ConfigureAwait(false);
        return new LargeRecords();
    }

    /// <summary>The same for whom a thread of its own waits.</summary>
    internal static LargeRecords Wait()
    {
        Gate.Wait();
        return new LargeRecords();
    }

    /// <inheritdoc/>
    public void Dispose() => Gate.Release();

    internal static byte[] Take(int bytes)
    {
        if (Kept.TryGetTarget(out var kept) && kept.Length >= bytes)
            return kept;
        var array = GC.AllocateUninitializedArray<byte>(bytes);
        Kept.SetTarget(array);
        return array;
    }
}

/// <summary>Records are larger than <see cref="LargeRecords.FromBytes"/> and are to be opened again with leave.</summary>
internal sealed class LargeRecordsException : Exception;
