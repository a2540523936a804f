namespace Portask.Journal.Log;

/// <summary>
/// Writes bytes of a file again where they stand. After a failed fsync Linux takes the pages for clean, and a later fsync
/// succeeds without having written them; written again they are dirty, and the next fsync means what it says.
/// </summary>
internal static class TailRewrite
{
    public static void Run(string path, long from, LogDisk disk)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        var buffer = new byte[1024 * 1024];
        int read;
        while ((read = RandomAccess.Read(handle, buffer, from)) > 0)
        {
            disk.Write(handle, [buffer.AsMemory(0, read)], from);
            from += read;
        }
        disk.Flush(handle);
    }
}
