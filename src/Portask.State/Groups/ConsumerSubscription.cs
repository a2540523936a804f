using System.Buffers.Binary;
using System.Text;

namespace Portask.State.Groups;

/// <summary>The part of a consumer's own metadata that the broker looks at: the topics it subscribes to.</summary>
public static class ConsumerSubscription
{
    /// <summary>The protocol type of consumers, whose metadata this is.</summary>
    public const string ProtocolType = "consumer";

    /// <summary>Reads the topics. Members write this themselves, so anything may stand there; false when it is not a subscription.</summary>
    public static bool TryReadTopics(ReadOnlySpan<byte> metadata, out IReadOnlyList<string> topics)
    {
        topics = [];
        if (metadata.Length < 6 || BinaryPrimitives.ReadInt16BigEndian(metadata) < 0)
            return false;
        var count = BinaryPrimitives.ReadInt32BigEndian(metadata[2..]);
        var rest = metadata[6..];
        // Each topic takes at least its length, so a count beyond that is a lie.
        if (count < 0 || count > rest.Length / 2)
            return false;
        var found = new List<string>(count);
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 2)
                return false;
            var length = BinaryPrimitives.ReadInt16BigEndian(rest);
            if (length < 0 || length > rest.Length - 2)
                return false;
            found.Add(Encoding.UTF8.GetString(rest.Slice(2, length)));
            rest = rest[(2 + length)..];
        }
        topics = found;
        return true;
    }

    /// <summary>Whether two members' metadata subscribe to the same topics; what is no subscription counts as the same, as Kafka has it.</summary>
    public static bool SameTopics(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        !TryReadTopics(left, out var a) || !TryReadTopics(right, out var b) || a.ToHashSet().SetEquals(b);

    /// <summary>The topics that a live consumer group reads, or null when it is none or its members cannot be read.</summary>
    public static HashSet<string>? TopicsOf(GroupState state)
    {
        if (state.Members.IsEmpty || state.ProtocolType != ProtocolType)
            return null;
        var all = new HashSet<string>();
        foreach (var member in state.Members.Values)
            foreach (var protocol in member.Protocols)
            {
                if (!TryReadTopics(protocol.Metadata.Span, out var topics))
                    return null;
                all.UnionWith(topics);
            }
        return all;
    }
}
