using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace Portask.Journal.Log;

/// <summary>The open logs of this process, shared by the plugin that writes them and the partitions that read them.</summary>
public sealed class LogRecordsJournal : IRecordsJournal, IExtension, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<EntityLog>> _logs = new(StringComparer.Ordinal);
    private readonly LogSettings _settings;
    private readonly ILoggingAdapter _log;

    internal LogRecordsJournal(ExtendedActorSystem system)
    {
        _settings = LogSettings.From(system.Settings.Config.GetConfig("portask.journal.log"));
        _log = Logging.GetLogger(system, "journal");
        Sync = new GroupSync(_settings.SyncsToDisk, _settings.FsyncWindow, (id, cause) =>
            _log.Error(cause, "fsync of {PersistenceId} failed; acks=all is not answered until one succeeds", id));
        system.RegisterOnTermination(Dispose);
    }

    internal GroupSync Sync { get; }

    /// <inheritdoc/>
    public bool SyncsOnWrite => false;

    /// <summary>The extension of an actor system.</summary>
    public static LogRecordsJournal Get(ActorSystem system) => system.WithExtension<LogRecordsJournal, Provider>();

    /// <inheritdoc/>
    public void SubscribeSynced(string persistenceId, IActorRef subscriber) => Sync.Subscribe(persistenceId, subscriber);

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
    public long SizeInBytes(string persistenceId) => Log(persistenceId).SizeInBytes;

    /// <summary>Flushes what is written and closes the files.</summary>
    public void Dispose()
    {
        Sync.Dispose();
        foreach (var log in _logs.Values.Where(log => log.IsValueCreated))
            log.Value.Dispose();
        _logs.Clear();
    }

    internal EntityLog Log(string persistenceId) => _logs.GetOrAdd(persistenceId, id => new Lazy<EntityLog>(() =>
        EntityLog.Open(Path.Combine(_settings.Directory, FolderName(id)), _settings, line => _log.Warning(line)))).Value;

    // Persistence ids hold topic ids and numbers, but a plugin may be given any: what a file name cannot carry is escaped.
    private static string FolderName(string persistenceId) => Uri.EscapeDataString(persistenceId).Replace(".", "%2E", StringComparison.Ordinal);

    private sealed class Provider : ExtensionIdProvider<LogRecordsJournal>
    {
        public override LogRecordsJournal CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
