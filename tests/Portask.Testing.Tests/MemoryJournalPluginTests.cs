using Akka.Actor.Setup;
using Portask.Journal;
using Portask.Journal.Tests.Plugins;
using Portask.Testing.Memory;

namespace Portask.Testing.Tests;

/// <summary>The journal in memory does what the others do.</summary>
public sealed class MemoryJournalPluginTests() : JournalPluginTests("memory")
{
    private readonly MemoryStore _store = new();

    protected override (string Hocon, IReadOnlyList<Setup> Setups) Parts =>
        (EmbeddedParts.Scheduler + "\n" + EmbeddedParts.InMemory, [new MemorySetup(_store), new RecordsJournalSetup(new MemoryRecords(_store))]);
}
