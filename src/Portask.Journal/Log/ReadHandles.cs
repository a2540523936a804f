namespace Portask.Journal.Log;

/// <summary>The handles through which older segments are read: opened when needed, the least recently used closed beyond a bound.</summary>
internal sealed class ReadHandles(int capacity) : IDisposable
{
    public const int DefaultCapacity = 64;

    private readonly object _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Path, SharedFile File)>> _byPath = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Path, SharedFile File)> _byUse = new();

    /// <summary>Files kept open, beside those that a reader holds at this moment.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _byUse.Count;
        }
    }

    /// <summary>The file at a path, held for the caller, who disposes of it.</summary>
    /// <exception cref="FileNotFoundException">It was deleted.</exception>
    public SharedFile Hold(string path)
    {
        lock (_gate)
        {
            if (_byPath.TryGetValue(path, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
            else
            {
                var opened = new SharedFile(File.OpenHandle(
                    path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess));
                node = _byPath[path] = _byUse.AddFirst((path, opened));
            }
            node.Value.File.TryHold();
            while (_byUse.Count > capacity)
                Close(_byUse.Last!);
            return node.Value.File;
        }
    }

    /// <summary>Closes the file at a path once its readers are done: it is deleted.</summary>
    public void Forget(string path)
    {
        lock (_gate)
        {
            if (_byPath.TryGetValue(path, out var node))
                Close(node);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_byUse.Last is { } last)
                Close(last);
        }
    }

    private void Close(LinkedListNode<(string Path, SharedFile File)> node)
    {
        _byUse.Remove(node);
        _byPath.Remove(node.Value.Path);
        node.Value.File.Dispose();
    }
}
