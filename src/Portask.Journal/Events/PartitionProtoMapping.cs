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
        Index = { e.Index.Select(ToProto) },
        Producers = { e.Producers.Select(ToProto) },
        OpenTransactions = { e.OpenTransactions.Select(open => new OpenTransactionProto { ProducerId = open.ProducerId, FirstOffset = open.FirstOffset }) },
        AbortedTransactions =
        {
            e.AbortedTransactions.Select(aborted => new AbortedTransactionProto
            {
                ProducerId = aborted.ProducerId,
                FirstOffset = aborted.FirstOffset,
                LastOffset = aborted.LastOffset,
                LastStableOffset = aborted.LastStableOffset,
            }),
        },
        Segments = { e.Segments.Select(ToProto) },
        FirstDirtyOffset = e.FirstDirtyOffset,
    };

    public static PartitionSnapshot From(PartitionSnapshotProto p) => new(
        p.LogStartOffset,
        p.NextOffset,
        [.. p.Epochs.Select(epoch => new LeaderEpochStart(epoch.Epoch, epoch.StartOffset))],
        [.. p.Index.Select(From)],
        [.. p.Producers.Select(From)],
        [.. p.OpenTransactions.Select(open => new OpenTransaction(open.ProducerId, open.FirstOffset))],
        [.. p.AbortedTransactions.Select(aborted =>
            new AbortedTransaction(aborted.ProducerId, aborted.FirstOffset, aborted.LastOffset, aborted.LastStableOffset))],
        [.. p.Segments.Select(From)],
        p.FirstDirtyOffset);

    public static LogCompactedProto ToProto(LogCompacted e) => new()
    {
        Ranges =
        {
            e.Ranges.Select(range => new CompactedRangeProto
            {
                EndOffset = range.EndOffset,
                Segment = ToProto(range.Segment),
                Points = { range.Points.Select(ToProto) },
            }),
        },
        FirstDirtyOffset = e.FirstDirtyOffset,
        AbortedBefore = e.AbortedBefore,
        BytesBefore = e.BytesBefore,
        BytesAfter = e.BytesAfter,
        RecordsRemoved = e.RecordsRemoved,
        BeganMs = e.BeganMs,
        AtMs = e.AtMs,
    };

    public static LogCompacted From(LogCompactedProto p) => new(
        [.. p.Ranges.Select(range => new CompactedRange(range.EndOffset, From(range.Segment), [.. range.Points.Select(From)]))],
        p.FirstDirtyOffset,
        p.AbortedBefore,
        p.BytesBefore,
        p.BytesAfter,
        p.RecordsRemoved,
        p.BeganMs,
        p.AtMs);

    private static IndexPointProto ToProto(IndexPoint point) => new()
    {
        Offset = point.Offset,
        SequenceNr = point.SequenceNr,
        MaxTimestamp = point.MaxTimestamp,
        Bytes = point.Bytes,
    };

    private static IndexPoint From(IndexPointProto p) => new(p.Offset, p.SequenceNr, p.MaxTimestamp, p.Bytes);

    private static LogSegmentProto ToProto(LogSegment segment) => new()
    {
        BaseOffset = segment.BaseOffset,
        FirstSequenceNr = segment.FirstSequenceNr,
        Bytes = segment.Bytes,
        MaxTimestamp = segment.MaxTimestamp,
        FirstAppendMs = segment.FirstAppendMs,
        DeleteHorizonMs = segment.DeleteHorizonMs,
    };

    private static LogSegment From(LogSegmentProto p) =>
        new(p.BaseOffset, p.FirstSequenceNr, p.Bytes, p.MaxTimestamp, p.FirstAppendMs, p.DeleteHorizonMs);

    private static ProducerProto ToProto(ProducerSnapshot producer) => new()
    {
        ProducerId = producer.ProducerId,
        Epoch = producer.Epoch,
        LastMs = producer.LastMs,
        CoordinatorEpoch = producer.CoordinatorEpoch,
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
        p.HasCoordinatorEpoch ? p.CoordinatorEpoch : -1,
        [.. p.Batches.Select(batch => new SequencedBatch(batch.FirstSequence, batch.LastSequence, batch.BaseOffset, batch.TimestampMs))]);
}
