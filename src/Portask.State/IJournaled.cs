namespace Portask.State;

/// <summary>Everything that is written to a journal. The three kinds below choose the serializer.</summary>
public interface IJournaled;

/// <summary>An event that stands for those before it too, which are in the journal no more.</summary>
public interface IStandsForEarlier
{
    /// <summary>The journal's number of the first event that it stands for.</summary>
    long FirstSequenceNr { get; }
}

/// <summary>An event or snapshot of the topic registry.</summary>
public interface ITopicJournaled : IJournaled;

/// <summary>An event or snapshot of a consumer group.</summary>
public interface IGroupJournaled : IJournaled;

/// <summary>An event or snapshot of a partition.</summary>
public interface IPartitionJournaled : IJournaled;

/// <summary>An event or snapshot of a transactional id.</summary>
public interface ITransactionJournaled : IJournaled;

/// <summary>An event with which a journal of files begins a new file, so that the segments of a log are files of their own.</summary>
public interface IBeginsSegment;
