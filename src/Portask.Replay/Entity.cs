using System.Globalization;
using Portask.Journal;
using Portask.Journal.Reading;

namespace Portask.Replay;

/// <summary>What a journal is of.</summary>
public enum EntityKind
{
    Topics,
    Partition,
    Group,
    Transaction,

    /// <summary>A list of names that the broker keeps for itself.</summary>
    Directory,
}

/// <summary>Something that has a journal, by the name that users know it under.</summary>
/// <param name="Name">As in <c>orders/0</c> or a group id.</param>
/// <param name="TopicId">The topic of a partition; empty for all else.</param>
public sealed record Entity(EntityKind Kind, string PersistenceId, string Name, Guid TopicId = default, int Partition = -1)
{
    /// <summary>The topic registry.</summary>
    public static readonly Entity Topics = new(EntityKind.Topics, JournalIds.Registry, "topics");

    /// <summary>The name with what it is.</summary>
    public string Title => Kind switch
    {
        EntityKind.Topics => "the topic registry",
        EntityKind.Directory => $"the directory {Name}",
        EntityKind.Transaction => $"transactional id {Name}",
        _ => $"{Kind.ToString().ToLowerInvariant()} {Name}",
    };

    /// <summary>The entity of a persistence id.</summary>
    public static Entity Of(string persistenceId, TopicNames topics)
    {
        if (persistenceId == JournalIds.Registry)
            return Topics;
        if (persistenceId.StartsWith(JournalIds.GroupPrefix, StringComparison.Ordinal))
            return new(EntityKind.Group, persistenceId, persistenceId[JournalIds.GroupPrefix.Length..]);
        if (persistenceId.StartsWith(JournalIds.TransactionPrefix, StringComparison.Ordinal))
            return new(EntityKind.Transaction, persistenceId, persistenceId[JournalIds.TransactionPrefix.Length..]);
        if (JournalIds.PartitionOf(persistenceId) is var (id, partition))
            return new(EntityKind.Partition, persistenceId, $"{topics.NameOf(id)}/{partition}", id, partition);
        return new(EntityKind.Directory, persistenceId, persistenceId);
    }

    /// <summary>A consumer group.</summary>
    /// <exception cref="ReplayException">There is none of that name.</exception>
    public static Entity Group(IJournalReader journals, string groupId) =>
        Named(journals, EntityKind.Group, JournalIds.GroupPrefix, groupId, "group");

    /// <summary>A transactional id.</summary>
    /// <exception cref="ReplayException">There is none of that name.</exception>
    public static Entity Transaction(IJournalReader journals, string transactionalId) =>
        Named(journals, EntityKind.Transaction, JournalIds.TransactionPrefix, transactionalId, "transactional id");

    /// <summary>A partition, as in <c>orders/0</c>; the topic's id may stand for its name.</summary>
    /// <exception cref="ReplayException">There is none of that name.</exception>
    public static Entity OfPartition(IJournalReader journals, TopicNames topics, string name)
    {
        var slash = name.LastIndexOf('/');
        if (slash <= 0 || !int.TryParse(name.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
            throw new ReplayException($"'{name}' is no partition; it takes TOPIC/N, as in orders/0");
        var all = journals.PersistenceIds();
        if (topics.Find(name[..slash]) is { } id && all.Contains(JournalIds.Partition(id, partition)))
            return new(EntityKind.Partition, JournalIds.Partition(id, partition), $"{topics.NameOf(id)}/{partition}", id, partition);
        var known = all.Where(one => one.StartsWith(JournalIds.PartitionPrefix, StringComparison.Ordinal)).Select(one => Of(one, topics).Name);
        throw new ReplayException($"no partition {name} has a journal; {List(known)}");
    }

    private static Entity Named(IJournalReader journals, EntityKind kind, string prefix, string name, string what)
    {
        var all = journals.PersistenceIds();
        if (all.Contains(prefix + name))
            return new(kind, prefix + name, name);
        var known = all.Where(one => one.StartsWith(prefix, StringComparison.Ordinal)).Select(one => one[prefix.Length..]);
        throw new ReplayException($"no {what} {name} has a journal; {List(known)}");
    }

    private static string List(IEnumerable<string> names)
    {
        const int Shown = 20;
        var all = names.Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "there is none at all"
            : all.Count <= Shown ? $"there is {string.Join(", ", all)}"
            : $"there are {all.Count}: {string.Join(", ", all.Take(Shown))}, ...";
    }
}
