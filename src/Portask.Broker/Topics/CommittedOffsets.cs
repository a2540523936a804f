using Portask.State.Groups;

namespace Portask.Broker.Topics;

/// <summary>Tells offsets that were committed for a topic from those of an earlier topic of the same name.</summary>
public static class CommittedOffsets
{
    /// <summary>
    /// Whether an offset belongs to the topic that has the name now, as far as this node knows; a topic that is gone has none. Who answers no
    /// to that has the view catch up first: a client that is told of no offset begins elsewhere in the log.
    /// </summary>
    public static bool IsCurrent(OffsetKey key, CommittedOffset offset, IMetadataView topics) =>
        topics.Find(key.Topic) is { } topic && (offset.TopicId == Guid.Empty || topic.Id == offset.TopicId);
}
