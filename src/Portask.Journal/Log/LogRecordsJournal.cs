using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Portask.Journal.History;
using Portask.Journal.Metrics;

namespace Portask.Journal.Log;

/// <summary>The open logs of this process, shared by the plugin that writes them and the partitions that read them.</summary>
public sealed class LogRecordsJournal : IRecordsJournal, IExtension, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<EntityLog>> _logs = new(StringComparer.Ordinal);
    private readonly LogEnvironment _environment;
    private bool _closed;

    internal LogRecordsJournal(ExtendedActorSystem system)
        : this(SettingsOf(system), LogDisk.Real, Logging.GetLogger(system, "journal"))
    {
        system.RegisterOnTermination(Dispose);
    }

    internal LogRecordsJournal(LogSettings settings, LogDisk disk, ILoggingAdapter log)
    {
        _environment = new LogEnvironment(settings, disk, new ReadHandles(ReadHandles.DefaultCapacity), line => log.Warning(line));
        Sync = new GroupSync(settings.SyncsToDisk, settings.FsyncWindow, (id, cause) =>
            log.Error(cause, "fsync of {PersistenceId} failed; it takes no writes until it is opened again", id), Meter);
    }

    /// <summary>What was written and brought to disk.</summary>
    public JournalMeter Meter { get; } = new();

    internal GroupSync Sync { get; }

    /// <inheritdoc/>
    public bool SyncsOnWrite => false;

    /// <summary>The extension of an actor system.</summary>
    public static LogRecordsJournal Get(ActorSystem system) => system.WithExtension<LogRecordsJournal, Provider>();

    /// <inheritdoc/>
    public void SubscribeSynced(string persistenceId, IActorRef subscriber) => Sync.Subscribe(persistenceId, subscriber);

    /// <inheritdoc/>
    public void Flush(string persistenceId)
    {
        if (Log(persistenceId).Last is { } last)
            Sync.Demand(persistenceId, last);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, int maxBytes, CancellationToken cancellation)
    {
        var entries = new List<JournalEntry>();
        var bytes = 0L;
        Log(persistenceId).Read(fromSequenceNr, toSequenceNr, entry =>
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += entry.Payload.Length;
            if (entries.Count > 0 && bytes > maxBytes)
                return false;
            entries.Add(new JournalEntry(entry.SequenceNr, entry.Manifest, entry.Payload));
            return bytes < maxBytes;
        });
        return new ValueTask<IReadOnlyList<JournalEntry>>(entries);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EditAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, Func<JournalEntry, JournalEdit> edit, CancellationToken cancellation)
    {
        var log = Log(persistenceId);
        // What goes has its successor in a later sealed segment, which therefore has to be on disk first.
        if (!log.IsSealedPartOnDisk())
            await Sync.RoundAsync().WaitAsync(cancellation).ConfigureAwait(false);
        return log.IsSealedPartOnDisk() && log.Edit(fromSequenceNr, toSequenceNr, entry => Edited(entry, edit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask ReclaimAsync(string persistenceId, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask ForgetHistoryAsync(string persistenceId, CancellationToken cancellation)
    {
        Log(persistenceId).ForgetHistory();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public long SizeInBytes(string persistenceId) => Log(persistenceId).SizeInBytes;

    /// <summary>Flushes what is written and closes the files.</summary>
    public void Dispose()
    {
        _closed = true;
        Sync.Dispose();
        foreach (var log in _logs.Values.Where(log => log.IsValueCreated))
            log.Value.Dispose();
        _logs.Clear();
        _environment.Handles.Dispose();
    }

    internal EntityLog Log(string persistenceId)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var lazy = _logs.GetOrAdd(persistenceId, id => new Lazy<EntityLog>(() => Open(id)));
        try
        {
            return lazy.Value;
        }
        catch
        {
            // Lazy keeps the failure; what made it fail may be gone at the next try.
            _logs.TryRemove(KeyValuePair.Create(persistenceId, lazy));
            throw;
        }
    }

    /// <summary>Writes entries and has them flushed with the next round.</summary>
    /// <exception cref="IOException">The log takes no writes because a flush failed before.</exception>
    internal void Append(string persistenceId, IReadOnlyList<LogEntry> entries)
    {
        if (Sync.CauseOfFailure(persistenceId) is { } cause)
            throw new IOException($"{persistenceId}: takes no writes after a failed fsync: {cause}");
        var log = Log(persistenceId);
        var began = Stopwatch.GetTimestamp();
        try
        {
            for (var from = 0; from < entries.Count;)
            {
                var end = from + 1;
                while (end < entries.Count && !entries[end].BeginsSegment)
                    end++;
                var ofOneFile = from == 0 && end == entries.Count ? entries : [.. entries.Skip(from).Take(end - from)];
                Sync.Written(persistenceId, log.Append(ofOneFile), ofOneFile[^1].SequenceNr);
                from = end;
            }
            Meter.Wrote(began, entries.Count, entries.Sum(entry => (long)entry.Head.Length + entry.Body.Length));
        }
        catch (IOException)
        {
            Meter.Failed();
            throw;
        }
    }

    /// <summary>The log for a recovery: opened again when a flush of it failed, with what may not be on disk written once more.</summary>
    internal EntityLog LogForRecovery(string persistenceId)
    {
        var log = Log(persistenceId);
        if (Sync.CauseOfFailure(persistenceId) is null)
            return log;
        foreach (var (path, from) in log.NotOnDisk())
            TailRewrite.Run(path, from, _environment.Disk);
        log.Dispose();
        _logs.TryRemove(persistenceId, out _);
        Sync.Reopened(persistenceId);
        return Log(persistenceId);
    }

    private static LogEntry? Edited(LogEntry entry, Func<JournalEntry, JournalEdit> edit)
    {
        var edited = edit(new JournalEntry(entry.SequenceNr, entry.Manifest, entry.Payload));
        return edited.Kind switch
        {
            JournalEditKind.Keep => entry,
            JournalEditKind.Drop => null,
            _ => entry with { Head = edited.Payload },
        };
    }

    private static LogSettings SettingsOf(ActorSystem system) =>
        LogSettings.From(system.Settings.Config.GetConfig("portask.journal.log")) with { History = HistorySettings.From(system.Settings.Config) };

    private EntityLog Open(string persistenceId)
    {
        var log = EntityLog.Open(Path.Combine(_environment.Settings.Directory, FolderName(persistenceId)), _environment);
        // Entries that a process wrote which then died may still be in memory only.
        if (_environment.Settings.SyncsToDisk && log.Last is { } last && last.LengthOnDisk < last.Length)
            Sync.Written(persistenceId, new Appended(last, Sealed: null), last.LastSequenceNr);
        return log;
    }

    // Persistence ids hold topic ids and numbers, but a plugin may be given any: what a file name cannot carry is escaped.
    internal static string FolderName(string persistenceId) => Uri.EscapeDataString(persistenceId).Replace(".", "%2E", StringComparison.Ordinal);

    private sealed class Provider : ExtensionIdProvider<LogRecordsJournal>
    {
        public override LogRecordsJournal CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
