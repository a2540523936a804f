using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Serialization;
using Portask.Journal;

namespace Portask.Testing.Memory;

/// <summary>The Akka.Persistence journal over a <see cref="MemoryStore"/>, for control events and for records.</summary>
internal sealed class MemoryJournal : AsyncWriteJournal
{
    private readonly MemoryStore _store;
    private readonly ExtendedActorSystem _system;

    /// <summary>Made by Akka.Persistence with the plugin's section of the configuration.</summary>
    public MemoryJournal(Config config)
    {
        _ = config;
        _system = (ExtendedActorSystem)Context.System;
        _store = _system.Settings.Setup.Get<MemorySetup>().Value.Store;
    }

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        foreach (var write in messages)
            _store.Log(write.PersistenceId).Append([.. ((IImmutableList<IPersistentRepresentation>)write.Payload).Select(ToEntry)]);
        return Task.FromResult<IImmutableList<Exception>>(null!);
    }

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var entry in _store.Log(persistenceId).Read(fromSequenceNr, toSequenceNr))
        {
            if (max-- <= 0)
                break;
            var payload = _system.Serialization.Deserialize(entry.Payload.ToArray(), entry.SerializerId, entry.Manifest);
            recoveryCallback(new Persistent(payload, entry.SequenceNr, persistenceId, entry.Manifest, timestamp: entry.TimestampTicks));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Task.FromResult(_store.Log(persistenceId).HighestSequenceNr);

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        _store.Log(persistenceId).DeleteTo(toSequenceNr);
        return Task.CompletedTask;
    }

    private MemoryEntry ToEntry(IPersistentRepresentation persistent)
    {
        var serializer = _system.Serialization.FindSerializerFor(persistent.Payload);
        var manifest = Serialization.ManifestFor(serializer, persistent.Payload);
        return new(persistent.SequenceNr, persistent.Timestamp, serializer.Identifier, manifest, Payload(serializer, persistent.Payload));
    }

    private byte[] Payload(Serializer serializer, object payload)
    {
        if (serializer is not ISlicedSerializer sliced)
            return Serialization.WithTransport(_system, () => serializer.ToBinary(payload));
        var (head, body) = sliced.ToSlices(payload);
        var bytes = new byte[head.Length + body.Length];
        head.CopyTo(bytes);
        body.CopyTo(bytes.AsMemory(head.Length));
        return bytes;
    }
}
