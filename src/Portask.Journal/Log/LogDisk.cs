using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>The calls that can fail for reasons outside this process; tests put a failing disk in its place.</summary>
internal class LogDisk
{
    public static LogDisk Real { get; } = new();

    public virtual void Write(SafeFileHandle handle, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long position) =>
        RandomAccess.Write(handle, pieces, position);

    public virtual void SetLength(SafeFileHandle handle, long length) => RandomAccess.SetLength(handle, length);

    public virtual void Flush(SafeFileHandle handle) => RandomAccess.FlushToDisk(handle);

    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Puts the names of created, renamed and deleted files on disk.</summary>
    public virtual void FlushFolder(string folder) => FolderSync.Flush(folder);

    /// <summary>Replaces a small file so that a crash leaves the old one or the new one, whole.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(handle, content, 0);
            Flush(handle);
        }
        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>fsync of a folder. .NET refuses to open one, and without it a crash may forget that a flushed file exists.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    public static void Flush(string folder)
    {
        // Windows keeps names with its own journal and offers no such call; macOS has other flag values.
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = Open(folder, ReadOnly | CloseOnExec);
        if (descriptor < 0)
            throw new IOException($"open of {folder} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"fsync of {folder} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
