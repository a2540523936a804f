using System.Globalization;
using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Journal;

/// <summary>How journals are named. They outlive releases: these forms are frozen.</summary>
public static class JournalIds
{
    /// <summary>The topic registry.</summary>
    public const string Registry = "registry";

    /// <summary>The list of all groups. No group's journal has this name, since theirs begin otherwise.</summary>
    public const string GroupDirectory = "groups-directory";

    /// <summary>The list of all transactional ids.</summary>
    public const string TransactionDirectory = "transactions-directory";

    /// <summary>Before the topic's id, a dash and the partition.</summary>
    public const string PartitionPrefix = "partition-";

    /// <summary>Before the group id.</summary>
    public const string GroupPrefix = "group-";

    /// <summary>Before the transactional id.</summary>
    public const string TransactionPrefix = "transaction-";

    /// <summary>A partition's journal.</summary>
    public static string Partition(Guid topicId, int partition) => $"{PartitionPrefix}{topicId:N}-{partition}";

    /// <summary>The partition whose journal has an id, null when it is the journal of something else.</summary>
    public static (Guid TopicId, int Partition)? PartitionOf(string persistenceId) =>
        persistenceId.StartsWith(PartitionPrefix, StringComparison.Ordinal)
        && persistenceId[PartitionPrefix.Length..].Split('-') is [var topic, var number]
        && Guid.TryParse(topic, out var id)
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? (id, partition)
            : null;

    /// <summary>What folds a journal, from nothing on.</summary>
    /// <exception cref="ArgumentException">It is the journal of nothing that this release knows.</exception>
    public static Fold FoldOf(string persistenceId) => persistenceId switch
    {
        Registry => new TopicRegistryFold(),
        GroupDirectory => new GroupDirectoryFold(),
        TransactionDirectory => new TransactionDirectoryFold(),
        _ when persistenceId.StartsWith(PartitionPrefix, StringComparison.Ordinal) => new PartitionFold(),
        _ when persistenceId.StartsWith(GroupPrefix, StringComparison.Ordinal) => new GroupFold(),
        _ when persistenceId.StartsWith(TransactionPrefix, StringComparison.Ordinal) => new TransactionFold(),
        _ => throw new ArgumentException($"{persistenceId} is the journal of nothing that this release knows", nameof(persistenceId)),
    };
}
