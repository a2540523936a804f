using Portask.Journal;
using Portask.State.Topics;

namespace Portask.Replay;

/// <summary>Topics by id, those that were deleted too as long as the registry's history tells of them.</summary>
public sealed class TopicNames
{
    private readonly Dictionary<Guid, string> _names = [];
    private readonly Dictionary<string, Guid> _last = new(StringComparer.Ordinal);

    /// <summary>No names: what is told then is ids.</summary>
    public static readonly TopicNames None = new(TopicRegistryState.Empty);

    private TopicNames(TopicRegistryState current) => Current = current;

    /// <summary>The topics of now.</summary>
    public TopicRegistryState Current { get; private set; }

    /// <summary>Names of topics that there were, in order.</summary>
    public IEnumerable<string> Known => _last.Keys.Order(StringComparer.Ordinal);

    /// <summary>Reads the registry's journal.</summary>
    public static TopicNames Read(Journals journals)
    {
        var names = new TopicNames(TopicRegistryState.Empty);
        var snapshots = journals.Snapshots(JournalIds.Registry);
        // From the oldest snapshot on: the events before the newest one tell of topics that are gone.
        var from = 1L;
        var first = journals.Read(JournalIds.Registry, 1, 1).Any();
        if (!first && snapshots.Count > 0)
        {
            names.Current = TopicRegistryState.From((TopicRegistrySnapshot)Journals.Decode(snapshots[0]));
            foreach (var topic in names.Current.Topics.Values)
                names.Note(topic.Id, topic.Name);
            from = snapshots[0].SequenceNr + 1;
        }
        foreach (var stored in journals.Read(JournalIds.Registry, from, long.MaxValue))
        {
            var journaled = (State.ITopicJournaled)Journals.Decode(stored);
            if (journaled is TopicCreated created)
                names.Note(created.TopicId, created.Name);
            names.Current = names.Current.Apply(journaled);
        }
        return names;
    }

    /// <summary>Reads the registry's journal; none where it is damaged.</summary>
    public static TopicNames TryRead(Journals journals)
    {
        try
        {
            return Read(journals);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            return None;
        }
    }

    /// <summary>The topic's name, or its id where nothing tells the name.</summary>
    public string NameOf(Guid id) => _names.GetValueOrDefault(id) ?? id.ToString("N");

    /// <summary>Whether there was a topic of this name.</summary>
    public bool IsKnown(string name) => _last.ContainsKey(name);

    /// <summary>The id of a topic by its name, or written out; the last one of that name when it was deleted. Null when there is none.</summary>
    public Guid? Find(string nameOrId) =>
        _last.TryGetValue(nameOrId, out var id) || Guid.TryParse(nameOrId, out id) ? id : null;

    private void Note(Guid id, string name) => (_names[id], _last[name]) = (name, id);
}
