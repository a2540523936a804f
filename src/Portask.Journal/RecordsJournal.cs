using Akka.Actor;
using Portask.Journal.Log;

namespace Portask.Journal;

/// <summary>The journal that holds record batches, as <c>portask.records.journal</c> names it.</summary>
public static class RecordsJournal
{
    /// <summary>The records journal of an actor system.</summary>
    public static IRecordsJournal Get(ActorSystem system) => LogRecordsJournal.Get(system);
}
