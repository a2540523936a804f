using Portask.State.Groups;

namespace Portask.Replay;

/// <summary>What members tell each other through the broker, as text.</summary>
internal static class GroupWords
{
    /// <summary>The topics that a member subscribes to.</summary>
    public static string Subscription(IReadOnlyList<MemberProtocol> protocols)
    {
        var topics = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var protocol in protocols)
            if (ConsumerSubscription.TryReadTopics(protocol.Metadata.Span, out var read))
                topics.UnionWith(read);
        return topics.Count > 0 ? string.Join(", ", topics) : "nothing that is a consumer's subscription";
    }

    /// <summary>The partitions that a member was given.</summary>
    public static string Assignment(ReadOnlyMemory<byte> assignment)
    {
        if (!ConsumerAssignment.TryReadPartitions(assignment.Span, out var partitions))
            return $"{assignment.Length} bytes that are no consumer's assignment";
        return partitions.Count == 0 ? "nothing" : string.Join(", ", partitions
            .OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition).Select(p => $"{p.Topic}/{p.Partition}"));
    }
}
