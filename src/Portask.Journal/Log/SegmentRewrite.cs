using Microsoft.Win32.SafeHandles;

namespace Portask.Journal.Log;

/// <summary>
/// A new file in the place of sealed segments that follow one another, with what is kept of them. It is written under another
/// name, flushed and then renamed, so that a crash leaves the old files or the new one.
/// </summary>
internal sealed class SegmentRewrite : IDisposable
{
    private const int WriteBytes = 1024 * 1024;

    private readonly string _folder;
    private readonly IReadOnlyList<Segment> _old;
    private readonly LogEnvironment _environment;
    private readonly SegmentName _name;
    private readonly SegmentIndex _index;
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private SafeFileHandle? _handle;
    private long _position;
    private int _waiting;

    public SegmentRewrite(string folder, IReadOnlyList<Segment> old, LogEnvironment environment)
    {
        (_folder, _old, _environment) = (folder, old, environment);
        _name = new SegmentName(old[0].FirstSequenceNr, old[^1].LastSequenceNr);
        _index = new SegmentIndex(environment.Settings.IndexIntervalBytes);
    }

    private string Target => Path.Combine(_folder, _name.FileName);

    private string Temporary => Target + ".new";

    /// <summary>
    /// Goes through the old files. A single one in which everything stays is left as it is: nothing is written until the first
    /// entry goes or changes.
    /// </summary>
    /// <param name="edit">What becomes of an entry; null when it goes.</param>
    /// <returns>Whether there is a new file to put in their place.</returns>
    public bool Run(Func<LogEntry, LogEntry?> edit, CancellationToken cancellation)
    {
        if (_old.Count > 1)
            Begin();
        foreach (var segment in _old)
        {
            foreach (var (entry, _) in segment.Walk(segment.FirstSequenceNr, segment.Length))
            {
                cancellation.ThrowIfCancellationRequested();
                var edited = edit(entry);
                if (_handle is null && edited is { } same && same == entry)
                    continue;
                if (_handle is null)
                    BeginAfter(entry.SequenceNr);
                if (edited is { } kept)
                    Write(kept);
            }
        }
        if (_handle is null)
            return false;
        Write(CleanedTrailer.Of(_name));
        Drain();
        _environment.Disk.Flush(_handle);
        return true;
    }

    /// <summary>Puts the new file in place, where an older one of the same name may be.</summary>
    public Segment Commit()
    {
        _handle!.Dispose();
        var segment = Segment.OfCleaned(Target, _name, _index, _position, _environment);
        segment.DeleteIndex();
        _environment.Disk.Rename(Temporary, Target);
        _environment.Handles.Forget(Target);
        return segment;
    }

    public void Dispose()
    {
        if (_handle is null)
            return;
        _handle.Dispose();
        _environment.Disk.Delete(Temporary);
    }

    private void Begin() => _handle = File.OpenHandle(Temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);

    private void BeginAfter(long sequenceNr)
    {
        Begin();
        foreach (var (entry, _) in _old[0].Walk(_old[0].FirstSequenceNr, _old[0].Length))
        {
            if (entry.SequenceNr >= sequenceNr)
                break;
            Write(entry);
        }
    }

    private void Write(LogEntry entry)
    {
        // The trailer has the number of the last entry, which has to be found before it.
        if (_index.Count == 0 || !CleanedTrailer.Is(entry))
            _index.Note(entry.SequenceNr, _position + _waiting);
        _waiting += entry.AppendTo(_pieces);
        if (_waiting >= WriteBytes)
            Drain();
    }

    private void Drain()
    {
        _environment.Disk.Write(_handle!, _pieces, _position);
        _position += _waiting;
        _waiting = 0;
        _pieces.Clear();
    }
}
