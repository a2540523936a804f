using System.Collections.Immutable;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Portask.Broker.Tests.Partitions;

/// <summary>An in-memory journal whose writes fail while <see cref="Broken"/> is set.</summary>
public sealed class SwitchableJournal : MemoryJournal
{
    public static volatile bool Broken;

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken) =>
        Broken ? throw new IOException("no space left on device") : base.WriteMessagesAsync(messages, cancellationToken);
}
