using System.Text;
using Microsoft.Win32.SafeHandles;
using Portask.Journal.Log;

namespace Portask.Journal.Tests.Log;

/// <summary>One log in a folder of its own, opened again and again, with what it warned of.</summary>
internal sealed class LogBench : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LogBench(long segmentBytes = 1000, int indexInterval = 200, long checkpointBytes = long.MaxValue)
    {
        var settings = new LogSettings(_folder.Path, segmentBytes, true, TimeSpan.Zero, indexInterval, checkpointBytes);
        Environment = new LogEnvironment(settings, Disk, new ReadHandles(ReadHandles.DefaultCapacity), Warnings.Add);
    }

    public FaultyDisk Disk { get; } = new();

    public List<string> Warnings { get; } = [];

    public LogEnvironment Environment { get; set; }

    public string Folder => _folder["a-log"];

    public IReadOnlyList<string> Files => [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> Segments => [.. Directory.GetFiles(Folder, "*.log").Order(StringComparer.Ordinal)];

    public static LogEntry Entry(long sequenceNr, int size = 50)
    {
        var text = $"entry {sequenceNr} ";
        return new LogEntry(sequenceNr, 1_000 + sequenceNr, 17, "m", Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(new string('x', size)));
    }

    public static List<LogEntry> Entries(long from, long to, int size = 50)
    {
        var entries = new List<LogEntry>();
        for (var sequenceNr = from; sequenceNr <= to; sequenceNr++)
            entries.Add(Entry(sequenceNr, size));
        return entries;
    }

    /// <summary>Appends one entry after the other, flushing what that seals, as the fsync thread does.</summary>
    public static void Append(EntityLog log, long from, long to, int size = 50)
    {
        foreach (var entry in Entries(from, to, size))
            log.Append([entry]).Sealed?.Flush();
    }

    public static List<long> Numbers(EntityLog log, long from = 1, long to = long.MaxValue)
    {
        var numbers = new List<long>();
        log.Read(from, to, entry =>
        {
            Assert.StartsWith($"entry {entry.SequenceNr} ", Encoding.ASCII.GetString(entry.Payload.Span), StringComparison.Ordinal);
            numbers.Add(entry.SequenceNr);
            return true;
        });
        return numbers;
    }

    public static IEnumerable<long> Range(long from, long to)
    {
        for (var number = from; number <= to; number++)
            yield return number;
    }

    public static void Flip(string path, long position)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = position;
        var value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 0x10));
    }

    public EntityLog Open() => EntityLog.Open(Folder, Environment);

    public void Dispose()
    {
        Environment.Handles.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A disk that fails when told to.</summary>
internal sealed class FaultyDisk : LogDisk
{
    private bool _isDead;

    /// <summary>Bytes that still fit, or null for no limit.</summary>
    public int? Room { get; set; }

    public bool FailsToCut { get; set; }

    public bool FailsToFlush { get; set; }

    public int FolderFlushes { get; private set; }

    /// <summary>The step at which the process dies: nothing is done on this disk from there on.</summary>
    public DiskStep? DiesAt
    {
        get;
        set => (field, _isDead) = (value, false);
    }

    public override void Write(SafeFileHandle handle, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long position)
    {
        Reach(DiskStep.Write);
        if (Room is not { } room)
        {
            base.Write(handle, pieces, position);
            return;
        }
        var all = pieces.SelectMany(piece => piece.ToArray()).Take(room).ToArray();
        base.Write(handle, [all], position);
        throw new IOException("No space left on device");
    }

    public override void SetLength(SafeFileHandle handle, long length)
    {
        if (FailsToCut)
            throw new IOException("cannot cut");
        base.SetLength(handle, length);
    }

    public override void Flush(SafeFileHandle handle)
    {
        Reach(DiskStep.Flush);
        if (FailsToFlush)
            throw new IOException("Input/output error");
        base.Flush(handle);
    }

    public override void FlushFolder(string folder)
    {
        Reach(DiskStep.FlushFolder);
        FolderFlushes++;
        base.FlushFolder(folder);
    }

    public override void Rename(string from, string to)
    {
        Reach(DiskStep.Rename);
        base.Rename(from, to);
    }

    public override void Delete(string path)
    {
        Reach(DiskStep.Delete);
        base.Delete(path);
    }

    private void Reach(DiskStep step)
    {
        _isDead |= DiesAt == step;
        if (_isDead)
            throw new ProcessDiedException();
    }
}

/// <summary>What is done to a disk, in the order in which a segment is replaced.</summary>
public enum DiskStep
{
    Write,
    Flush,
    Rename,
    FlushFolder,
    Delete,
}

/// <summary>Stands for the end of the process.</summary>
internal sealed class ProcessDiedException : Exception;
