namespace Portask.Journal.Log;

/// <summary>The data directory cannot be used; the message is one line for the user.</summary>
public sealed class DataDirectoryException(string message) : Exception(message);

/// <summary>The folder of one node's journals, locked for one process and marked with the version of its layout.</summary>
public sealed class DataDirectory : IDisposable
{
    /// <summary>Version of the layout on disk that this release writes and reads.</summary>
    public const string FormatVersion = "portask-data 1";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Creates the folder if need be, locks it and checks its version.</summary>
    /// <exception cref="DataDirectoryException">Another process has it, it is not writable, or another version wrote it.</exception>
    public static DataDirectory Open(string path)
    {
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(path);
            held = TakeLock(path);
            CheckVersion(path);
            return new DataDirectory(path, held);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new DataDirectoryException($"data directory {path} cannot be written: {cause.Message}");
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    /// <summary>What this folder's node is known by in its cluster: made once and kept, so that a broker id stays with its node.</summary>
    public string NodeKey()
    {
        var file = System.IO.Path.Combine(Path, "node-key");
        if (!File.Exists(file))
            WriteWhole(file, Guid.NewGuid().ToString("N"));
        return File.ReadAllText(file).Trim();
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream TakeLock(string path)
    {
        var file = System.IO.Path.Combine(path, ".lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new DataDirectoryException($"data directory {path} is in use by another process");
        }
    }

    private static void CheckVersion(string path)
    {
        var file = System.IO.Path.Combine(path, "format");
        if (!File.Exists(file))
        {
            WriteWhole(file, FormatVersion);
            return;
        }
        var found = File.ReadAllText(file).Trim();
        if (found != FormatVersion)
            throw new DataDirectoryException($"data directory {path} has the format \"{found}\"; this version reads \"{FormatVersion}\"");
    }

    // By way of another name: half a line after a crash would read as another version or key.
    private static void WriteWhole(string file, string line)
    {
        var temporary = file + ".new";
        File.WriteAllText(temporary, line + "\n");
        File.Move(temporary, file, overwrite: true);
    }
}
