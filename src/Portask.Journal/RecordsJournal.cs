using System.Buffers.Binary;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Portask.Journal.Log;
using Portask.Journal.Sql;

namespace Portask.Journal;

/// <summary>The journal that holds record batches, as <c>portask.records.journal</c> names it.</summary>
public static class RecordsJournal
{
    /// <summary>Where partitions' records go: one place, or one for each database that they are spread over.</summary>
    /// <exception cref="ConfigurationException">The setting is neither log nor sql.</exception>
    public static IReadOnlyList<RecordsPlace> Places(ActorSystem system)
    {
        var plugins = system.Settings.Config.GetStringList("portask.records.sql-plugins", []);
        return plugins.Count == 0
            ? [new(system.Settings.Config.GetString("portask.records.journal-plugin"), Get(system))]
            : [.. plugins.Select(plugin => new RecordsPlace(plugin, SqlRecordsJournal.Of(system, plugin)))];
    }

    /// <summary>Which of several places a partition's records go to. Topic ids are random, so some bits of one are as good as a hash of it, and the same on every node.</summary>
    public static int PlaceOf(Guid topicId, int partition, int places)
    {
        Span<byte> id = stackalloc byte[16];
        topicId.TryWriteBytes(id, bigEndian: true, out _);
        return (int)((BinaryPrimitives.ReadUInt32BigEndian(id[8..]) + (uint)partition) % (uint)places);
    }

    /// <summary>The records journal of an actor system.</summary>
    /// <exception cref="ConfigurationException">The setting is neither log nor sql.</exception>
    public static IRecordsJournal Get(ActorSystem system) => system.Settings.Setup.Get<RecordsJournalSetup>() is { HasValue: true } given
        ? given.Value.Journal
        : Named(system);

    private static IRecordsJournal Named(ActorSystem system) => system.Settings.Config.GetString("portask.records.journal", "log") switch
    {
        "log" => LogRecordsJournal.Get(system),
        "sql" => SqlRecordsJournal.Get(system),
        var other => throw new ConfigurationException($"portask.records.journal = {other}: it is log or sql"),
    };
}

/// <summary>Gives an actor system a journal of records that is neither of the two, as one in memory.</summary>
/// <param name="journal">How the records are read that the plugin of <c>portask.records.journal-plugin</c> writes.</param>
public sealed class RecordsJournalSetup(IRecordsJournal journal) : Setup
{
    /// <summary>The journal.</summary>
    public IRecordsJournal Journal => journal;
}

/// <summary>A journal of records: the Akka.Persistence plugin that writes it, and how it is read.</summary>
public sealed record RecordsPlace(string PluginId, IRecordsJournal Journal);
