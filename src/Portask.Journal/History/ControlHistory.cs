using Akka.Actor;
using Akka.Serialization;
using Portask.Journal.Events;
using Portask.Journal.Reading;
using Portask.Journal.Sql.Dialects;
using Portask.State;

namespace Portask.Journal.History;

/// <summary>
/// Keeps the history of control journals: events stay for a while after a snapshot covers them, and are then folded into the
/// snapshot that the history starts with. Each entity has it done for its own journal, so no two do it for the same.
/// </summary>
public sealed class ControlHistory : IExtension, IDisposable
{
    private readonly HistorySettings _settings;
    private readonly Serialization _serialization;
    private readonly SqlReader? _reader;
    private readonly SqlHistory? _rows;

    private ControlHistory(ExtendedActorSystem system)
    {
        var config = system.Settings.Config;
        (_settings, _serialization) = (HistorySettings.From(config), system.Serialization);
        // Tests run entities on journals in memory, which keep everything.
        if (!config.HasPath("portask.journal.sql.connection-string"))
            return;
        var (provider, connection) = (config.GetString("portask.journal.sql.provider-name"), config.GetString("portask.journal.sql.connection-string"));
        _reader = new SqlReader(provider, connection);
        _rows = new SqlHistory(SqlDialect.Of(provider), connection);
    }

    /// <summary>The extension of an actor system.</summary>
    public static ControlHistory Get(ActorSystem system) => system.WithExtension<ControlHistory, Provider>();

    /// <summary>Folds what is past its time or too much, and removes snapshots between the start of the history and the newest one.</summary>
    /// <returns>The number of events that went.</returns>
    public Task<long> TrimAsync(string persistenceId, long nowMs, CancellationToken cancellation) => _reader is null || _rows is null
        ? Task.FromResult(0L)
        // Not on the thread of the actor: drivers of databases block.
        : Task.Run(() => TrimNowAsync(_reader, _rows, persistenceId, nowMs, cancellation), cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _rows?.Dispose();
    }

    private async Task<long> TrimNowAsync(SqlReader reader, SqlHistory rows, string persistenceId, long nowMs, CancellationToken cancellation)
    {
        var highest = reader.HighestSequenceNr(persistenceId);
        var cut = reader.SequenceNrAt(persistenceId, nowMs - (long)_settings.Retention.TotalMilliseconds);
        var thinned = 0L;
        if (await rows.BytesAfterAsync(persistenceId, cut, cancellation).ConfigureAwait(false) > _settings.MaxBytes)
        {
            thinned = await new OffsetThinning(reader, rows, _settings.MaxBytes).RunAsync(persistenceId, cut, highest, cancellation).ConfigureAwait(false);
            cut = Math.Max(cut, await rows.CutForAsync(persistenceId, _settings.MaxBytes, cancellation).ConfigureAwait(false));
        }
        // One row stays in any case: the plugin takes the highest number from the rows.
        cut = Math.Min(cut, highest - 1);
        return thinned + await FoldAsync(reader, rows, persistenceId, cut, cancellation).ConfigureAwait(false);
    }

    private async Task<long> FoldAsync(SqlReader reader, SqlHistory rows, string persistenceId, long cut, CancellationToken cancellation)
    {
        var snapshots = reader.Snapshots(persistenceId);
        var first = reader.Read(persistenceId, 1, long.MaxValue).Select(one => (long?)one.SequenceNr).FirstOrDefault();
        if (first is null || first > cut)
        {
            await rows.RemoveSnapshotsAsync(persistenceId, StartOf(snapshots, first), cancellation).ConfigureAwait(false);
            return 0;
        }
        var fold = JournalIds.FoldOf(persistenceId);
        var start = snapshots.LastOrDefault(one => one.SequenceNr <= cut);
        if (start.SequenceNr > 0)
            fold.Restore(JournaledEvents.Read(start.SerializerId, start.Manifest, start.Payload));
        var last = start.SequenceNr;
        var timeMs = start.TimeMs;
        foreach (var one in reader.Read(persistenceId, start.SequenceNr + 1, cut))
        {
            fold.Apply(JournaledEvents.Read(one.SerializerId, one.Manifest, one.Payload), one.SequenceNr);
            (last, timeMs) = (one.SequenceNr, one.TimeMs);
        }
        return await rows.FoldAsync(persistenceId, ToStored(fold.ToSnapshot(), last, timeMs), cancellation).ConfigureAwait(false);
    }

    /// <summary>The snapshot before the first event; with all events there none is needed to start from.</summary>
    private static long StartOf(IReadOnlyList<StoredSnapshot> snapshots, long? firstEvent) =>
        firstEvent == 1 ? 0 : snapshots.FirstOrDefault(one => firstEvent is null || one.SequenceNr + 1 >= firstEvent).SequenceNr;

    private StoredSnapshot ToStored(IJournaled snapshot, long sequenceNr, long timeMs)
    {
        var serializer = _serialization.FindSerializerFor(snapshot);
        return new(sequenceNr, timeMs, serializer.Identifier, Serialization.ManifestFor(serializer, snapshot), serializer.ToBinary(snapshot));
    }

    private sealed class Provider : ExtensionIdProvider<ControlHistory>
    {
        public override ControlHistory CreateExtension(ExtendedActorSystem system)
        {
            var history = new ControlHistory(system);
            system.RegisterOnTermination(history.Dispose);
            return history;
        }
    }
}
