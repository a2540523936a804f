using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>A file handle with several holders; the last to let go closes it, so that none loses it while reading.</summary>
internal sealed class SharedFile(SafeFileHandle handle) : IDisposable
{
    private int _holders = 1;

    public SafeFileHandle Handle => handle;

    /// <summary>One holder more; false when the file is closed already.</summary>
    public bool TryHold()
    {
        var seen = Volatile.Read(ref _holders);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _holders, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    /// <summary>One holder less.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            handle.Dispose();
    }
}
