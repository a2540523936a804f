using Portask.State.Groups;
using Portask.State.Topics;

namespace Portask.Broker.Cluster;

/// <summary>Cuts what clients size into messages that go from node to node whatever the client sent: a larger one would be dropped without a word.</summary>
internal static class MessageBound
{
    /// <summary>Bytes of one message; an eighth of the largest frame.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>Bytes that a change of a topic takes at most.</summary>
    public static long SizeOf(TopicCommand command) => 64 + command switch
    {
        CreateTopic create => Text(create.Name) + create.Configs.Sum(config => Text(config.Key) + Text(config.Value))
            + (create.Assignments ?? []).Sum(one => 12L + (5L * one.Value.Count)),
        AlterTopicConfigs alter => Text(alter.Name) + alter.Changes.Sum(change => Text(change.Name) + Text(change.Value)),
        AlterBrokerConfigs alter => Text(alter.Broker) + alter.Changes.Sum(change => Text(change.Name) + Text(change.Value)),
        AddPartitions add => Text(add.Name) + (add.Assignments ?? []).Sum(one => 12L + (5L * one.Count)),
        DeleteTopic delete => Text(delete.Name),
        _ => 0,
    };

    /// <summary>Bytes that an offset takes at most.</summary>
    public static long SizeOf(OffsetToCommit offset) => 64 + Text(offset.Partition.Topic) + Text(offset.Metadata);

    /// <summary>Runs of items of which each fits into a message, unless it is one item that does not.</summary>
    public static IEnumerable<List<T>> Cut<T>(IEnumerable<T> items, Func<T, long> size)
    {
        var (run, bytes) = (new List<T>(), 0L);
        foreach (var item in items)
        {
            if (run.Count > 0 && bytes + size(item) > MostBytes)
            {
                yield return run;
                (run, bytes) = ([], 0);
            }
            run.Add(item);
            bytes += size(item);
        }
        if (run.Count > 0)
            yield return run;
    }

    // Three bytes for a character, and the field around it.
    private static long Text(string? text) => 8 + (3L * (text?.Length ?? 0));
}
