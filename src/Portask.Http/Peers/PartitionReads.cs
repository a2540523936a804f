using Portask.Broker;
using Portask.Broker.Fetching;
using Portask.Broker.Topics;
using Portask.Http.Api;
using Portask.Protocol;
using Portask.Protocol.Messages;
using Portask.Protocol.Records;
using Portask.State.Partitions;

namespace Portask.Http.Peers;

/// <summary>What was read of a partition.</summary>
internal readonly record struct PartitionRead(
    long LogStartOffset, long HighWatermark, long LastStableOffset, IReadOnlyList<ReadOnlyMemory<byte>> Batches, IReadOnlyList<AbortedTransaction> Aborted);

/// <summary>Reads partitions wherever they are led.</summary>
internal static class PartitionReads
{
    /// <summary>Reads batches from an offset on, charged to the memory that connections share.</summary>
    /// <param name="wait">How long to wait where there are none.</param>
    /// <exception cref="ApiException">The partition cannot be read at this offset.</exception>
    public static async Task<PartitionRead> ReadAsync(
        this PeerRouter peers, RunningBroker broker, TopicMetadata topic, int partition, long offset, int maxBytes, TimeSpan wait,
        bool readCommitted, CancellationToken cancellation)
    {
        using var memory = broker.Listener.OpenMemory();
        if (peers.LeaderOf(topic, partition) is var leader && peers.IsSelf(leader))
        {
            var target = new FetchTarget(new FetchKey(topic.Id, "", partition)) { FetchOffset = offset, MaxBytes = maxBytes };
            var terms = new FetchTerms(wait > TimeSpan.Zero ? 1 : 0, maxBytes, wait, readCommitted);
            var read = (await broker.Node.Fetcher.FetchAsync([target], terms, memory, cancellation).ConfigureAwait(false))[0];
            ThrowIf(read.Error, partition, offset);
            return new(read.LogStartOffset, read.HighWatermark, read.LastStableOffset, read.Batches, read.Aborted);
        }
        var request = new FetchRequest
        {
            MaxWaitMs = (int)wait.TotalMilliseconds,
            MinBytes = wait > TimeSpan.Zero ? 1 : 0,
            MaxBytes = maxBytes,
            IsolationLevel = (sbyte)(readCommitted ? 1 : 0),
            Topics =
            [
                new()
                {
                    Topic = topic.Name,
                    TopicId = topic.Id,
                    Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes }],
                },
            ],
        };
        var response = await peers.AskAsync<FetchRequest, FetchResponse>(leader, request, cancellation, wait).ConfigureAwait(false);
        ThrowIf(response.ErrorCode, partition, offset);
        var answer = response.Responses[0].Partitions[0];
        ThrowIf(answer.ErrorCode, partition, offset);
        var bytes = answer.Records?.ToContiguous() ?? ReadOnlyMemory<byte>.Empty;
        memory.SettleAnswer(0, bytes.Length);
        memory.KeepAnswer(bytes.Length);
        return new(
            answer.LogStartOffset, answer.HighWatermark, answer.LastStableOffset, Split(bytes),
            [.. (answer.AbortedTransactions ?? []).Select(one => new AbortedTransaction(one.ProducerId, one.FirstOffset, -1, -1))]);
    }

    /// <summary>Offsets of some partitions of a topic as ListOffsets has them, each asked of its leader.</summary>
    public static async Task<IReadOnlyDictionary<int, (long Offset, ErrorCode Error)>> ListOffsetsAsync(
        this PeerRouter peers, TopicMetadata topic, IEnumerable<int> partitions, long timestamp, bool readCommitted, CancellationToken cancellation)
    {
        var found = new Dictionary<int, (long, ErrorCode)>();
        foreach (var led in partitions.GroupBy(partition => peers.TryLeaderOf(topic, partition)))
        {
            if (led.Key is not { } leader)
            {
                foreach (var partition in led)
                    found[partition] = (-1, ErrorCode.LeaderNotAvailable);
                continue;
            }
            var request = new ListOffsetsRequest
            {
                ReplicaId = -1,
                IsolationLevel = (sbyte)(readCommitted ? 1 : 0),
                Topics =
                [
                    new()
                    {
                        Name = topic.Name,
                        Partitions = [.. led.Select(partition => new ListOffsetsRequestListOffsetsPartition { PartitionIndex = partition, Timestamp = timestamp })],
                    },
                ],
            };
            var answer = await peers.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(leader, request, cancellation).ConfigureAwait(false);
            foreach (var one in answer.Topics[0].Partitions)
                found[one.PartitionIndex] = (one.Offset, one.ErrorCode);
        }
        return found;
    }

    /// <summary>The broker that leads a partition, null when nobody does.</summary>
    public static int? TryLeaderOf(this PeerRouter peers, TopicMetadata topic, int partition)
    {
        try
        {
            return peers.LeaderOf(topic, partition);
        }
        catch (ApiException)
        {
            return null;
        }
    }

    private static void ThrowIf(ErrorCode error, int partition, long offset) =>
        ApiException.ThrowIf(error, error == ErrorCode.OffsetOutOfRange ? $"Partition {partition} has no offset {offset}." : null);

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        // The last batch may be cut off, as in any answer to a fetch.
        while (RecordBatch.ReadLength(bytes.Span) is var length && length >= RecordBatch.HeaderSize && length <= bytes.Length)
        {
            batches.Add(bytes[..(int)length]);
            bytes = bytes[(int)length..];
        }
        return batches;
    }
}
