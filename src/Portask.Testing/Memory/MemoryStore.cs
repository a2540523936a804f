using System.Collections.Concurrent;
using Akka.Actor.Setup;

namespace Portask.Testing.Memory;

/// <summary>
/// Journals and snapshots of an embedded broker that has no folder. It belongs to the broker and not to its actor system, so that
/// what a restart finds is what was there before. Everything is kept serialized: nothing in it is shared with an actor.
/// </summary>
internal sealed class MemoryStore
{
    private readonly ConcurrentDictionary<string, MemoryLog> _logs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MemorySnapshots> _snapshots = new(StringComparer.Ordinal);

    /// <summary>The journal of a persistence id.</summary>
    public MemoryLog Log(string persistenceId) => _logs.GetOrAdd(persistenceId, _ => new MemoryLog());

    /// <summary>The snapshots of a persistence id.</summary>
    public MemorySnapshots Snapshots(string persistenceId) => _snapshots.GetOrAdd(persistenceId, _ => new MemorySnapshots());
}

/// <summary>Hands the store to the plugins of an actor system.</summary>
internal sealed class MemorySetup(MemoryStore store) : Setup
{
    /// <summary>The store.</summary>
    public MemoryStore Store => store;
}
