using Portask.Journal.Proto;
using Portask.State.Partitions;

namespace Portask.Journal.Events;

/// <summary>A partition's snapshot as a protobuf message and back.</summary>
internal static class PartitionProtoMapping
{
    public static PartitionSnapshotProto ToProto(PartitionSnapshot e) => new()
    {
        LogStartOffset = e.LogStartOffset,
        NextOffset = e.NextOffset,
        Epochs = { e.Epochs.Select(epoch => new LeaderEpochStartProto { Epoch = epoch.Epoch, StartOffset = epoch.StartOffset }) },
        Index =
        {
            e.Index.Select(point => new IndexPointProto
            {
                Offset = point.Offset,
                SequenceNr = point.SequenceNr,
                MaxTimestamp = point.MaxTimestamp,
                Bytes = point.Bytes,
            }),
        },
        Producers = { e.Producers.Select(ToProto) },
    };

    public static PartitionSnapshot From(PartitionSnapshotProto p) => new(
        p.LogStartOffset,
        p.NextOffset,
        [.. p.Epochs.Select(epoch => new LeaderEpochStart(epoch.Epoch, epoch.StartOffset))],
        [.. p.Index.Select(point => new IndexPoint(point.Offset, point.SequenceNr, point.MaxTimestamp, point.Bytes))],
        [.. p.Producers.Select(From)]);

    private static ProducerProto ToProto(ProducerSnapshot producer) => new()
    {
        ProducerId = producer.ProducerId,
        Epoch = producer.Epoch,
        LastMs = producer.LastMs,
        Batches =
        {
            producer.Batches.Select(batch => new SequencedBatchProto
            {
                FirstSequence = batch.FirstSequence,
                LastSequence = batch.LastSequence,
                BaseOffset = batch.BaseOffset,
                TimestampMs = batch.TimestampMs,
            }),
        },
    };

    private static ProducerSnapshot From(ProducerProto p) => new(
        p.ProducerId,
        (short)p.Epoch,
        p.LastMs,
        [.. p.Batches.Select(batch => new SequencedBatch(batch.FirstSequence, batch.LastSequence, batch.BaseOffset, batch.TimestampMs))]);
}
