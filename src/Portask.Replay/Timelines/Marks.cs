using Portask.State;
using Portask.State.Groups;
using Portask.State.Partitions;
using Portask.State.Topics;
using Portask.State.Transactions;

namespace Portask.Replay.Timelines;

/// <summary>What stands out in a timeline.</summary>
public static class Marks
{
    /// <summary>A group's members share partitions anew.</summary>
    public const string Rebalance = "rebalance";

    /// <summary>A partition has a new leader epoch.</summary>
    public const string Election = "election";

    /// <summary>Who was there before is refused from here on: a producer under an old epoch, a member that another took the place of.</summary>
    public const string Fencing = "fencing";

    /// <summary>Something is gone.</summary>
    public const string Deletion = "deletion";

    /// <summary>The mark of an event, null for most.</summary>
    public static string? Of(IJournaled journaled) => journaled switch
    {
        RebalanceStarted => Rebalance,
        LeaderEpochStarted => Election,
        MemberReplaced => Fencing,
        // The first producer of a transactional id fences nobody.
        ProducerAssigned { Producer.Epoch: > 0 } => Fencing,
        TransactionDecided { Reason: not TransactionDecided.AskedByProducer } => Fencing,
        TopicDeleted or GroupDeleted or TransactionalIdExpired => Deletion,
        _ => null,
    };

    /// <summary>The topic that an event of the registry is about, null when it is about none.</summary>
    public static Guid? TopicOf(IJournaled journaled) => journaled switch
    {
        TopicCreated e => e.TopicId,
        TopicDeleted e => e.TopicId,
        TopicPurged e => e.TopicId,
        PartitionsAdded e => e.TopicId,
        TopicConfigsAltered e => e.TopicId,
        _ => null,
    };
}
