using System.Text.Json.Nodes;
using Portask.Protocol;
using Portask.Protocol.Records;
using Portask.State;
using Portask.State.Partitions;

namespace Portask.Replay.Timelines;

/// <summary>What happens to partitions, in the words of Kafka.</summary>
internal static class PartitionWords
{
    public static string Text(IPartitionJournaled journaled) => journaled switch
    {
        BatchAppended { Batch.IsControl: true } e => $"{Marker(e.Batch)} marker at offset {e.Batch.BaseOffset}: producer {e.Batch.ProducerId} epoch {e.Batch.ProducerEpoch}",
        BatchAppended e => Batch(e.Batch),
        LeaderEpochStarted e => $"node {e.NodeId} leads: leader epoch {e.Epoch} from offset {e.StartOffset}",
        LogStartOffsetMoved e => $"log start offset moved to {e.Offset}{Cause(e.Cause)}",
        SegmentRolled e => $"segment ended at offset {e.Offset}",
        LogCompacted e => $"compacted up to offset {e.FirstDirtyOffset}: {EventWords.Count(e.RecordsRemoved, "record")} removed, {e.BytesBefore} bytes became {e.BytesAfter}",
        _ => EventWords.Unnamed(journaled),
    };

    public static JsonObject Fields(BatchAppended journaled)
    {
        var batch = journaled.Batch;
        return new JsonObject
        {
            ["baseOffset"] = batch.BaseOffset,
            ["lastOffset"] = batch.LastOffset,
            ["records"] = batch.RecordCount,
            ["bytes"] = RecordBatch.ReadLength(batch.Bytes.Span),
            ["compression"] = batch.CompressionType.ToString().ToLowerInvariant(),
            ["maxTimestamp"] = batch.MaxTimestamp,
            ["appendMs"] = journaled.AppendMs,
            ["leaderEpoch"] = batch.PartitionLeaderEpoch,
            ["producerId"] = batch.ProducerId,
            ["producerEpoch"] = batch.ProducerEpoch,
            ["baseSequence"] = batch.BaseSequence,
            ["isTransactional"] = batch.IsTransactional,
            ["isControl"] = batch.IsControl,
        };
    }

    /// <summary>COMMIT or ABORT.</summary>
    public static string Marker(RecordBatch batch)
    {
        try
        {
            return TransactionMarker.Of(batch).Commits ? "COMMIT" : "ABORT";
        }
        catch (KafkaProtocolException)
        {
            return "unreadable";
        }
    }

    private static string Cause(LogStartCause cause) => cause switch
    {
        LogStartCause.Retention => " by retention.ms or retention.bytes",
        LogStartCause.DeleteRecords => " by DeleteRecords",
        _ => "",
    };

    private static string Batch(RecordBatch batch)
    {
        var offsets = batch.LastOffsetDelta == 0 ? $"offset {batch.BaseOffset}" : $"offsets {batch.BaseOffset}-{batch.LastOffset}";
        var codec = batch.CompressionType == CompressionType.None ? "" : $", {batch.CompressionType.ToString().ToLowerInvariant()}";
        var producer = batch.ProducerId < 0 ? "" : $", producer {batch.ProducerId} epoch {batch.ProducerEpoch} sequence {batch.BaseSequence}";
        var transaction = batch.IsTransactional ? ", in a transaction" : "";
        return $"{EventWords.Count(batch.RecordCount, "record")} at {offsets}, {EventWords.Count(RecordBatch.ReadLength(batch.Bytes.Span), "byte")}{codec}{producer}{transaction}";
    }
}
