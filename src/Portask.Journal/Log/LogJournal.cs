using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Serialization;
using Portask.State;

namespace Portask.Journal.Log;

/// <summary>The Akka.Persistence plugin <c>portask.journal.log</c>: appends to segment files, one folder a persistence id.</summary>
public sealed class LogJournal : AsyncWriteJournal
{
    private readonly LogRecordsJournal _records;
    private readonly Serialization _serialization;
    private readonly ExtendedActorSystem _system;

    /// <summary>Made by Akka.Persistence with the plugin's section of the configuration.</summary>
    public LogJournal(Config config)
    {
        _ = config;
        _system = (ExtendedActorSystem)Context.System;
        _records = LogRecordsJournal.Get(_system);
        _serialization = _system.Serialization;
    }

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        // Akka.Persistence has one write of a persistence id in flight at a time, so ids run in parallel and stay in order.
        var writes = messages.ToList();
        return Task.Run(
            IImmutableList<Exception> () =>
            {
                Write(writes);
                return null!;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        Task.Run(() =>
        {
            var left = max;
            if (left <= 0)
                return;
            _records.Log(persistenceId).Read(fromSequenceNr, toSequenceNr, entry =>
            {
                var payload = _serialization.Deserialize(entry.Payload.ToArray(), entry.SerializerId, entry.Manifest);
                recoveryCallback(new Persistent(payload, entry.SequenceNr, persistenceId, entry.Manifest, timestamp: entry.TimestampMs));
                return --left > 0;
            });
        });

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Task.Run(() => _records.LogForRecovery(persistenceId).HighestSequenceNr, cancellationToken);

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        Task.Run(() => _records.Log(persistenceId).DeleteTo(toSequenceNr), cancellationToken);

    private void Write(List<AtomicWrite> writes)
    {
        foreach (var group in writes.GroupBy(write => write.PersistenceId))
        {
            var entries = group.SelectMany(write => (IImmutableList<IPersistentRepresentation>)write.Payload).Select(ToEntry).ToList();
            _records.Append(group.Key, entries);
        }
    }

    private LogEntry ToEntry(IPersistentRepresentation persistent)
    {
        var serializer = _serialization.FindSerializerFor(persistent.Payload);
        var manifest = Serialization.ManifestFor(serializer, persistent.Payload);
        var (head, body) = serializer is ISlicedSerializer sliced
            ? sliced.ToSlices(persistent.Payload)
            : (Serialization.WithTransport(_system, () => serializer.ToBinary(persistent.Payload)), ReadOnlyMemory<byte>.Empty);
        var time = persistent.Timestamp > 0 ? persistent.Timestamp : DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return new LogEntry(persistent.SequenceNr, time, serializer.Identifier, manifest, head, body)
        {
            BeginsSegment = persistent.Payload is IBeginsSegment,
        };
    }
}
