using Google.Protobuf;
using Portask.Journal.Proto;
using Portask.State.Transactions;

namespace Portask.Journal.Events;

/// <summary>Between the events of transactional ids and their stored form.</summary>
internal static class TransactionProtoMapping
{
    public static IMessage ToProto(object journaled) => journaled switch
    {
        ProducerAssigned e => new ProducerAssignedProto
        {
            Producer = ToProto(e.Producer),
            Previous = ToProto(e.Previous),
            TimeoutMs = e.TimeoutMs,
            AtMs = e.AtMs,
        },
        TransactionPartitionsAdded e => new TransactionPartitionsAddedProto { Partitions = { e.Partitions.Select(ToProto) }, AtMs = e.AtMs },
        TransactionGroupAdded e => new TransactionGroupAddedProto { GroupId = e.GroupId, AtMs = e.AtMs },
        TransactionDecided e => new TransactionDecidedProto
        {
            Commits = e.Commits,
            Marker = ToProto(e.Marker),
            Next = ToProto(e.Next),
            Previous = ToProto(e.Previous),
            Reason = e.Reason,
            AtMs = e.AtMs,
        },
        TransactionCompleted e => new TransactionCompletedProto { AtMs = e.AtMs },
        TransactionalIdExpired e => new TransactionalIdExpiredProto { AtMs = e.AtMs },
        TransactionSnapshot e => new TransactionSnapshotProto
        {
            Phase = (int)e.Phase,
            Producer = ToProto(e.Producer),
            Previous = ToProto(e.Previous),
            Marker = ToProto(e.Marker),
            TimeoutMs = e.TimeoutMs,
            StartMs = e.StartMs,
            LastUpdateMs = e.LastUpdateMs,
            Partitions = { e.Partitions.Select(ToProto) },
            Groups = { e.Groups },
            MarkerIsRaised = e.MarkerIsRaised,
        },
        TransactionalIdListed e => new TransactionalIdProto { TransactionalId = e.TransactionalId },
        TransactionalIdUnlisted e => new TransactionalIdProto { TransactionalId = e.TransactionalId },
        TransactionDirectorySnapshot e => new TransactionDirectorySnapshotProto { TransactionalIds = { e.TransactionalIds } },
        _ => throw new ArgumentException($"{journaled.GetType().Name} is nothing that transactional ids journal", nameof(journaled)),
    };

    public static ProducerAssigned From(ProducerAssignedProto p) => new(From(p.Producer), From(p.Previous), p.TimeoutMs, p.AtMs);

    public static TransactionPartitionsAdded From(TransactionPartitionsAddedProto p) => new([.. p.Partitions.Select(From)], p.AtMs);

    public static TransactionDecided From(TransactionDecidedProto p) =>
        new(p.Commits, From(p.Marker), From(p.Next), From(p.Previous), p.Reason, p.AtMs);

    public static TransactionSnapshot From(TransactionSnapshotProto p) => new(
        (TransactionPhase)p.Phase, From(p.Producer), From(p.Previous), From(p.Marker), p.TimeoutMs, p.StartMs, p.LastUpdateMs,
        [.. p.Partitions.Select(From)], [.. p.Groups], p.MarkerIsRaised);

    private static ProducerIdAndEpochProto ToProto(ProducerIdAndEpoch producer) =>
        new() { ProducerId = producer.ProducerId, Epoch = producer.Epoch };

    private static ProducerIdAndEpoch From(ProducerIdAndEpochProto p) => new(p.ProducerId, (short)p.Epoch);

    private static TransactionPartitionProto ToProto(TransactionPartition partition) => new()
    {
        TopicId = ByteString.CopyFrom(partition.TopicId.ToByteArray(bigEndian: true)),
        Partition = partition.Partition,
    };

    private static TransactionPartition From(TransactionPartitionProto p) => new(new Guid(p.TopicId.Span, bigEndian: true), p.Partition);
}
