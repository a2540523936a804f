using Akka.Actor;
using Akka.Configuration;
using Portask.Journal.Log;
using Portask.Journal.Sql;

namespace Portask.Journal;

/// <summary>The journal that holds record batches, as <c>portask.records.journal</c> names it.</summary>
public static class RecordsJournal
{
    /// <summary>The records journal of an actor system.</summary>
    /// <exception cref="ConfigurationException">The setting is neither log nor sql.</exception>
    public static IRecordsJournal Get(ActorSystem system) => system.Settings.Config.GetString("portask.records.journal", "log") switch
    {
        "log" => LogRecordsJournal.Get(system),
        "sql" => SqlRecordsJournal.Get(system),
        var other => throw new ConfigurationException($"portask.records.journal = {other}: it is log or sql"),
    };
}
