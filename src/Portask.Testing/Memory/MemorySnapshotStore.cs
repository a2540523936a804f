using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using Akka.Serialization;

namespace Portask.Testing.Memory;

/// <summary>The Akka.Persistence snapshot store over a <see cref="MemoryStore"/>.</summary>
internal sealed class MemorySnapshotStore : SnapshotStore
{
    private readonly MemoryStore _store;
    private readonly ExtendedActorSystem _system;

    /// <summary>Made by Akka.Persistence with the plugin's section of the configuration.</summary>
    public MemorySnapshotStore(Config config)
    {
        _ = config;
        _system = (ExtendedActorSystem)Context.System;
        _store = _system.Settings.Setup.Get<MemorySetup>().Value.Store;
    }

    /// <inheritdoc/>
    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        if (_store.Snapshots(persistenceId).Latest(criteria) is not { } latest)
            return Task.FromResult<SelectedSnapshot>(null!);
        var snapshot = _system.Serialization.Deserialize(latest.Payload, latest.SerializerId, latest.Manifest);
        return Task.FromResult(new SelectedSnapshot(new SnapshotMetadata(persistenceId, latest.SequenceNr, latest.Timestamp), snapshot));
    }

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        var serializer = _system.Serialization.FindSerializerFor(snapshot);
        var payload = Serialization.WithTransport(_system, () => serializer.ToBinary(snapshot));
        var manifest = Serialization.ManifestFor(serializer, snapshot);
        _store.Snapshots(metadata.PersistenceId).Save(new(metadata.SequenceNr, metadata.Timestamp, serializer.Identifier, manifest, payload));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken)
    {
        _store.Snapshots(metadata.PersistenceId).Delete(new SnapshotSelectionCriteria(metadata.SequenceNr, DateTime.MaxValue, metadata.SequenceNr));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        _store.Snapshots(persistenceId).Delete(criteria);
        return Task.CompletedTask;
    }
}
